// From "it boots" to "it can be used": pin, provisioning, clock. One round trip when nothing is due.

import { retireMasters, runScript } from "../../adapters/ssh.ts";
import type { Context } from "../../context.ts";
import { EXIT, ToolError, UserError } from "../../errors.ts";
import { parsed } from "../../guard/from-guest.ts";
import { sanitize } from "../../guard/sanitize.ts";
import type { Target } from "../../target.ts";
import { baseName, keepBase } from "./base.ts";
import { AWAIT_BOOT, PROBE, SET_CLOCK } from "./guest-scripts.ts";
import { loadSteps } from "./inputs.ts";
import { answersPinned, pinHostKey, pinnedKey } from "./pin.ts";
import { clockDrift, failedNames, type Probe, parseProbe } from "./probe.ts";
import { provision } from "./provision.ts";
import { decideProxy } from "./proxy.ts";
import { advance, distrust, readRecord, type VmRecord, writeRecord } from "./record.ts";
import { orReplaced } from "./replaced.ts";
import { ADMIN_USER, type SshEndpoint, targetFor } from "./ssh-config.ts";
import { dueSteps, inTwo, lackedByBase, type Step, stepsHash } from "./steps.ts";

/** Seconds the first boot may take to end its own work under emulation. */
const BOOT_PATIENCE = "600";
/** Seconds of difference that are set right. */
const MAX_DRIFT = 2;

/** Throws UserError (3) when the guest cannot be reached, also when something else answers in its place. */
export async function readyGuest(ctx: Context, endpoint: SshEndpoint, record: VmRecord): Promise<void> {
  try {
    await makeReady(ctx, endpoint, record);
  } catch (error) {
    throw await orReplaced(ctx, endpoint.port, error);
  }
}

async function makeReady(ctx: Context, endpoint: SshEndpoint, record: VmRecord): Promise<void> {
  const target = targetFor(ctx.paths);
  let steps = await loadSteps(ctx);
  let current = record;
  if (current.phase === "created") {
    await pinHostKey(ctx, target, keepKeyStep(steps));
    current = await advance(ctx.paths, current, "pinned");
  } else if (current.renamed) {
    if (!(await answersPinned(ctx, target))) await pinHostKey(ctx, target, keepKeyStep(steps));
    current = { ...current, renamed: false };
    await writeRecord(ctx.paths, current);
  }
  const hostKey = await pinnedKey(ctx);
  const decided = await decideProxy(ctx, current, target);
  if (decided !== current) steps = await loadSteps(ctx);
  current = decided;
  if (current.phase === "ready" && (await upToDate(ctx, steps)).done) return;
  const due = dueSteps(steps, await awaitBoot(ctx, target));
  if (due.length > 0) await distrust(ctx.paths);
  const guest = { target, endpoint: { ...endpoint, username: ADMIN_USER, hostKey } };
  const [first, then] = inTwo(due, current.phase === "ready");
  await provision(ctx, guest, { steps: first, of: due });
  if (current.phase !== "ready" && first.some((step) => step.definition.optional)) {
    await keepFirst(ctx, target, { record: current, steps });
  }
  await provision(ctx, guest, { steps: then, of: due });
  await advance(ctx.paths, { ...current, provisioned: stepsHash(steps) }, "ready");
  // Steps change what a session's environment is made of.
  await retireMasters(ctx.run, target);
  await upToDate(ctx, steps);
}

/**
 * Before the VM's first use. The guest passes for another while its disk is copied; if it were ended hard just then,
 * it would make itself new host keys: the record says so meanwhile.
 */
async function keepFirst(
  ctx: Context,
  target: Target,
  { record, steps }: { record: VmRecord; steps: readonly Step[] },
): Promise<void> {
  if (record.imageId === undefined) return;
  const { stdout } = await runScript(ctx.run, target, { text: PROBE }, { admin: true, signal: ctx.signal });
  const lacked = lackedByBase(parsed(stdout, parseProbe).failed);
  if (lacked.length > 0) {
    const names = failedNames(lacked)
      .map((name) => sanitize(name))
      .join(", ");
    ctx.out.say(`No base is kept for the next VM, because this could not be installed: ${names}.`);
    return;
  }
  await writeRecord(ctx.paths, { ...record, renamed: true });
  await keepBase(ctx, target, baseName(steps, record.imageId));
  await writeRecord(ctx.paths, record);
}

function keepKeyStep(steps: readonly Step[]): Step {
  const [first] = steps;
  if (first?.definition.name !== "10-host-keys") throw new Error("the first step must keep the host keys");
  return first;
}

/**
 * The agent account's first connection: opens the shared one, sets the clock right, says whether all steps are done
 * and, when they are, what could not be installed. That account may lie: "all done" counts only for what vmadmin has said
 * before. `timeout`: milliseconds for the answer.
 */
export async function upToDate(
  ctx: Context,
  steps: readonly Step[],
  timeout = 60_000,
): Promise<{ done: boolean }> {
  const target = targetFor(ctx.paths);
  const before = Date.now();
  const { stdout } = await runScript(ctx.run, target, { text: PROBE }, { timeout, signal: ctx.signal });
  const probe = parsed(stdout, parseProbe);
  const drift = clockDrift(probe.now, before, Date.now());
  if (Math.abs(drift) > MAX_DRIFT) {
    ctx.out.say(
      `The VM's clock was ${Math.abs(Math.round(drift))} s ${drift > 0 ? "ahead" : "behind"} and is set right.`,
    );
    const now = String(Math.round(Date.now() / 1000));
    await runScript(ctx.run, target, { text: SET_CLOCK, args: [now] }, { admin: true, signal: ctx.signal });
  }
  const vouched = (await readRecord(ctx.paths))?.provisioned === stepsHash(steps);
  const done = vouched && dueSteps(steps, probe.stamps).length === 0;
  if (done && probe.failed.length > 0) ctx.out.say(failedText(probe.failed));
  return { done };
}

/** One paragraph on what could not be installed, and what to do about it. */
export const failedText = (failed: Probe["failed"]): string =>
  [
    `Not installed in the VM: ${failedNames(failed)
      .map((name) => sanitize(name))
      .join(", ")}.`,
    "Everything else is there. Why: agent-vm logs provision. Once more: agent-vm upgrade",
  ].join("\n");

async function awaitBoot(ctx: Context, target: Target): Promise<string> {
  try {
    const script = { text: AWAIT_BOOT, args: [BOOT_PATIENCE] };
    const { stdout } = await runScript(ctx.run, target, script, { admin: true, signal: ctx.signal });
    return parsed(stdout, parseProbe).stamps;
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    throw new UserError("The VM's first boot did not end.", {
      hint: "See its console: agent-vm logs vm",
      exit: EXIT.notReady,
      cause: error,
    });
  }
}
