// `profile set`: the host decides and remembers; a running VM is changed at once, a stopped one at its next start.
import { retireMasters } from "../../adapters/ssh.ts";
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { withLock } from "../../io/lock.ts";
import type { Profile } from "../profiles.ts";
import { observeVm, vmLock } from "./observe.ts";
import { availableProfile, givenUp, profileOf, switchLines } from "./profile.ts";
import { readRecord, type VmRecord, writeRecord } from "./record.ts";
import { targetFor } from "./ssh-config.ts";
import { lockOptions, startVm } from "./start.ts";

/** Throws UserError (4) when more than before would be open and nobody agreed to that. */
export async function setProfile(ctx: Context, wanted: Profile, acceptRisk: boolean): Promise<void> {
  const after = availableProfile(wanted);
  const { state, record } = await observeVm(ctx);
  if (record === undefined) throw noVm(ctx, after);
  const before = profileOf(record);
  if (before === after) return ctx.out.say(`The VM ${ctx.paths.vm} has the profile ${after} already.`);
  for (const line of switchLines(before, after)) ctx.out.say(line);
  if (after === "open") await agreeToRisk(ctx, acceptRisk);
  await withLock(vmLock(ctx), lockOptions(ctx), () => remember(ctx, after));
  if (state === "running") await apply(ctx, before);
  ctx.out.say(
    state === "running"
      ? `The VM ${ctx.paths.vm} has the profile ${after}.`
      : `The VM ${ctx.paths.vm} gets the profile ${after} at its next start.`,
  );
  if (after === "guarded") {
    ctx.out.say("Processes that run in the VM keep what they have; agent-vm restart ends them.");
  }
  await warnOfProfile(ctx);
}

/** Says, every time, what the VM's profile gives up. */
export async function warnOfProfile(ctx: Context): Promise<void> {
  const warning = givenUp(await readRecord(ctx.paths));
  if (warning !== undefined) ctx.out.warn(warning);
}

async function agreeToRisk(ctx: Context, acceptRisk: boolean): Promise<void> {
  if (acceptRisk) return;
  const question = "Give the agent root in the VM, and the way to your host's services and local network?";
  if (ctx.confirm.possible && (await ctx.confirm.ask(question))) return;
  throw new UserError("Nothing was changed.", {
    details: [question],
    hint: "Agree with: --accept-risk",
    exit: EXIT.refused,
  });
}

async function remember(ctx: Context, profile: Profile): Promise<void> {
  const record = await readRecord(ctx.paths);
  if (record === undefined) throw noVm(ctx, profile);
  await writeRecord(ctx.paths, withProfile(record, profile));
}

/** Once open, the agent had root: that stays known for as long as this VM exists. */
export const withProfile = (record: VmRecord, profile: Profile): VmRecord => ({
  ...record,
  profile,
  ...(profile === "open" && { hadRoot: true }),
});

async function apply(ctx: Context, before: Profile): Promise<void> {
  try {
    await startVm(ctx);
  } catch (error) {
    // What the record says must not be better than what the VM is.
    if (before === "open") await remember(ctx, before);
    throw error;
  }
  // A shared connection keeps the groups its account had when it was made.
  await retireMasters(ctx.run, targetFor(ctx.paths));
}

const noVm = (ctx: Context, profile: Profile): UserError =>
  new UserError(`There is no VM ${ctx.paths.vm}.`, {
    hint: `Make one with: agent-vm start --profile ${profile}`,
    exit: EXIT.notReady,
  });
