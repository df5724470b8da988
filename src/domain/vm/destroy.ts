// Deletes the VM: what exists nowhere else is in the host's vault before; a VM that cannot answer is put aside.
import { rm } from "node:fs/promises";
import { deleteInstance } from "../../adapters/limactl.ts";
import type { Context } from "../../context.ts";
import { EXIT, Interrupted, UserError } from "../../errors.ts";
import { withLock } from "../../io/lock.ts";
import { asStep } from "../../io/output.ts";
import { agreeTo } from "../consent.ts";
import { ensureHost } from "../host/setup.ts";
import { removeMountpoint } from "../mount/mountpoint.ts";
import { unmount } from "../mount/unmount.ts";
import { removeClosed } from "../mount/wish.ts";
import type { Save } from "../vault/save.ts";
import { listWorkspaces, withWorkspaceLocks } from "../workspace/registry.ts";
import { requireLima } from "./lima.ts";
import { observeVm, vmLock } from "./observe.ts";
import { type Aside, putAside } from "./put-aside.ts";
import { secureVm } from "./secure.ts";
import { targetFor } from "./ssh-config.ts";
import { lockOptions, startVm } from "./start.ts";
import { stopLocked } from "./stop.ts";

export type Destroyed =
  | { outcome: "there was none" }
  | { outcome: "deleted"; saves: Save[] }
  | { outcome: "put aside"; aside: Aside };

/** Throws UserError (4) when work could not be saved, changed meanwhile, or nobody agreed; nothing is deleted then. */
export async function destroyVm(ctx: Context, force: boolean): Promise<Destroyed> {
  const seen = await observeVm(ctx);
  if (seen.record === undefined) return refuseForeign(ctx, seen.state);
  const question = `Delete the VM ${ctx.paths.vm} with everything in it?`;
  // Before its first provisioning no workspace can be in it.
  const mayHoldWork =
    (seen.record.phase === "ready" && seen.instance !== undefined) || seen.state === "running";
  if (force && mayHoldWork) ctx.out.warn("Nothing is saved: --force deletes what exists nowhere else, too.");
  if (force || !mayHoldWork) {
    if (!force) await agreeTo(ctx, question);
    await underLock(ctx, () => deleteLocked(ctx, force));
    return { outcome: "deleted", saves: [] };
  }
  const trouble = seen.state === "running" ? undefined : await wake(ctx, seen.state);
  if (trouble) return { outcome: "put aside", aside: await putAside(ctx, trouble) };
  for (;;) {
    const dirs = (await listWorkspaces(ctx)).map((one) => one.dir);
    const done = await withWorkspaceLocks(ctx, dirs, async () => {
      // Another command may have made one while we waited: it is to be locked, too.
      const now = await listWorkspaces(ctx);
      return now.every((one) => dirs.includes(one.dir)) ? deleteSecured(ctx, question) : undefined;
    });
    if (done) return done;
  }
}

const underLock = <T>(ctx: Context, work: () => Promise<T>): Promise<T> =>
  withLock(vmLock(ctx), lockOptions(ctx), work);

async function deleteSecured(ctx: Context, question: string): Promise<Destroyed> {
  const { saves, undo } = await secureVm(ctx, targetFor(ctx.paths), question);
  try {
    await underLock(ctx, () => deleteLocked(ctx, false));
  } catch (error) {
    await undo();
    throw error;
  }
  return { outcome: "deleted", saves };
}

function refuseForeign(ctx: Context, state: string): Destroyed {
  if (state !== "foreign") return { outcome: "there was none" };
  throw new UserError(
    `A Lima instance called ${ctx.paths.vm} exists that agent-vm did not make; it is left alone.`,
    {
      hint: `If it is yours to delete: limactl delete ${ctx.paths.vm}`,
      exit: EXIT.refused,
    },
  );
}

/** Milliseconds after which a VM that runs and says nothing is taken for one that cannot answer. */
const PATIENCE = 60_000;
const PAUSE = 2000;

/** Asks a VM that runs once more, for it may be busy or at its boot. */
async function listenAgain(ctx: Context): Promise<UserError | undefined> {
  const step = ctx.out.step("the VM runs and does not answer; ask again for a minute");
  let answers = false;
  try {
    for (const until = Date.now() + PATIENCE; !answers && Date.now() < until; ) {
      answers = (await observeVm(ctx)).state === "running";
      if (ctx.signal.aborted) throw new Interrupted();
      if (!answers) await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  } finally {
    if (answers) step.done();
    else step.failed();
  }
  if (answers) return undefined;
  return new UserError("The VM runs and does not answer.", {
    hint: "agent-vm restart --force",
    exit: EXIT.notReady,
  });
}

/** Starts the VM, so that it can be asked. Returns why that is impossible, when it is the VM's own fault. */
async function wake(ctx: Context, state: string): Promise<UserError | undefined> {
  if (state === "not answering") return listenAgain(ctx);
  ctx.out.say(`The VM is ${state}; it is started to see what in it exists nowhere else.`);
  // A host that is not ready says nothing about the VM.
  await ensureHost(ctx, { image: ctx.settings.image });
  try {
    await startVm(ctx);
    return undefined;
  } catch (error) {
    if (error instanceof UserError && error.exit !== EXIT.refused) return error;
    throw error;
  }
}

async function deleteLocked(ctx: Context, force: boolean): Promise<void> {
  const lima = await requireLima(ctx);
  const { instance, state } = await observeVm(ctx);
  if (instance !== undefined || state === "running") {
    await stopLocked(ctx, force);
    await asStep(ctx.out, `delete the VM ${ctx.paths.vm}`, () => deleteInstance(lima, ctx.paths.vm));
  }
  await unmount(ctx);
  await removeMountpoint(ctx);
  await removeClosed(ctx.paths);
  // The record last: until then the VM is known to be ours, so that an interrupted deletion can go on.
  const { sshConfig, sshHosts, knownHosts, workspaces, record } = ctx.paths;
  for (const file of [sshHosts, sshConfig, knownHosts, workspaces, record]) await rm(file, { force: true });
}
