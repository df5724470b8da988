// What `doctor` checks in the VM. Changes nothing and wakes nothing.
import { access } from "node:fs/promises";
import type { Context } from "../../context.ts";
import { ToolError, UserError } from "../../errors.ts";
import type { Check } from "../host/doctor.ts";
import { keeperStatus } from "../keeper/ask.ts";
import { reportMount } from "../mount/state.ts";
import { mountWords } from "../mount/words.ts";
import { observeVm } from "./observe.ts";
import { readRecord } from "./record.ts";
import { softwareChecks } from "./software-check.ts";
import { targetFor } from "./ssh-config.ts";

export async function vmChecks(ctx: Context): Promise<Check[]> {
  const { state } = await observeVm(ctx);
  const vm: Check = {
    name: "VM",
    ok: state === "running" || state === "stopped" || state === "missing",
    detail: `${ctx.paths.vm} is ${state}`,
    ...(REMEDIES[state] !== undefined && { remedy: REMEDIES[state] }),
  };
  if (state !== "running") return [vm];
  return [vm, await pinCheck(ctx), ...(await guestChecks(ctx)), await mountCheck(ctx)];
}

const REMEDIES: Partial<Record<string, string>> = {
  "half-made": "agent-vm start goes on where it stopped",
  broken: "agent-vm restart --force",
  "not answering": "agent-vm logs vm; then: agent-vm restart --force",
  foreign: "choose another name: --vm agent-vm-2",
};

async function pinCheck(ctx: Context): Promise<Check> {
  const there = await access(ctx.paths.knownHosts).then(
    () => true,
    () => false,
  );
  return { name: "host key", ok: there, detail: there ? "pinned" : `missing: ${ctx.paths.knownHosts}` };
}

async function guestChecks(ctx: Context): Promise<Check[]> {
  try {
    const { checkup } = await import("./checkup/checkup.ts");
    const record = await readRecord(ctx.paths);
    const both = await Promise.all([checkup(ctx, record), softwareChecks(ctx, targetFor(ctx.paths))]);
    return both.flat();
  } catch (error) {
    if (!(error instanceof UserError || error instanceof ToolError)) throw error;
    return [{ name: "ssh", ok: false, detail: error.message, remedy: "agent-vm restart --force" }];
  }
}

async function mountCheck(ctx: Context): Promise<Check> {
  const mount = await reportMount(ctx);
  const keeper = await keeperStatus(ctx.paths);
  const check = {
    name: "mount",
    ok: mount.condition === "mounted",
    detail: `${mount.mountpoint}: ${mountWords({ state: "running", mount, keeper })}`,
    remedy: "agent-vm mount",
  };
  // Whether the VM is trusted again is the user's decision.
  return mount.closed?.kind === "breach" ? check : { ...check, fix: "mount" };
}
