// What `doctor` says of the host: one check for each thing a VM needs. Changes nothing.
import type { Context } from "../../context.ts";
import { ToolError } from "../../errors.ts";
import { withoutLinks } from "../mount/state.ts";
import { usableAcceleration } from "./acceleration.ts";
import { gitSettings, judgeGit } from "./git-safety.ts";
import { locateLimactl } from "./limactl.ts";
import { observePlan } from "./setup.ts";

export interface Check {
  name: string;
  ok: boolean;
  detail: string;
  /** The command that helps; said only when it is not ok. */
  remedy?: string;
  /** Not ok, and yet nothing of ours is wrong: it does not fail the command. */
  note?: true;
  /** What `doctor --fix` does about it when it is not ok. */
  fix?: Fix;
}

export type Fix = "resolver" | "profile" | "start" | "mount" | "bare repositories";

export async function hostChecks(ctx: Context): Promise<Check[]> {
  const plan = await observePlan(ctx, { image: ctx.settings.image });
  const needs = plan.missing.map(({ need, what }) => {
    const byHand = plan.byHand.some((one) => one.need === need);
    const remedy = byHand ? "install it with the system's package manager" : "agent-vm setup";
    return { name: need, ok: false, detail: `missing: ${what}`, remedy };
  });
  const ready = { name: "host tools", ok: true, detail: "everything a VM needs is installed" };
  return [
    ...(needs.length > 0 ? needs : [ready]),
    ...(await limactlCheck(ctx)),
    await accelerationCheck(ctx),
    ...(await gitChecks(ctx)),
  ];
}

async function gitChecks(ctx: Context): Promise<Check[]> {
  try {
    const { mountpoint } = ctx.paths;
    return judgeGit(await gitSettings(ctx), [mountpoint, await withoutLinks(mountpoint)]);
  } catch (error) {
    // No git, or one whose configuration cannot be read: said by the check above, or by git at its next use.
    if (!(error instanceof ToolError)) throw error;
    return [];
  }
}

async function limactlCheck(ctx: Context): Promise<Check[]> {
  const path = await locateLimactl(ctx);
  return path === undefined ? [] : [{ name: "limactl in use", ok: true, detail: path }];
}

/** Emulation is slow and works: only an acceleration that was asked for and cannot be had is a failure. */
async function accelerationCheck(ctx: Context): Promise<Check> {
  const wanted = ctx.settings.accel;
  const { accel, why } = await usableAcceleration(ctx, wanted === "kvm" ? "auto" : wanted);
  const ok = wanted !== "kvm" || accel === "kvm";
  const slow = accel === "tcg" ? "emulation (tcg), slow" : accel;
  return { name: "acceleration", ok, detail: `${slow}: ${why}`, remedy: "agent-vm start --accel tcg" };
}
