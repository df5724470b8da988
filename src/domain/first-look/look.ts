// Gathers what `agent-vm` alone tells, in a moment: the VM is not woken, and asked only over a connection that lives.
import { findInstance } from "../../adapters/limactl.ts";
import { masterAlive } from "../../adapters/ssh.ts";
import type { Lean } from "../../context.ts";
import { type Holder, lockHolder } from "../../io/lock.ts";
import { DEFAULT_VM } from "../paths.ts";
import type { ListedSession } from "../session/list.ts";
import { quoted } from "../sync/plan.ts";
import { findLima } from "../vm/lima.ts";
import { vmLock } from "../vm/observe.ts";
import { hasForeignPids } from "../vm/pids.ts";
import { readRecord } from "../vm/record.ts";
import { targetFor } from "../vm/ssh-config.ts";
import { type VmState, vmState } from "../vm/state.ts";
import { hereWorkspaces, lookAround } from "../workspace/known.ts";
import { listWorkspaces } from "../workspace/registry.ts";
import { type Advice, advise, type Facts } from "./advice.ts";

/** Milliseconds that the VM gets to tell its sessions. */
const PATIENCE = 1000;
const COLUMNS = 80;

export async function firstLook(ctx: Lean): Promise<{ facts: Facts; advice: Advice }> {
  const facts = await gather(ctx);
  return { facts, advice: advise(facts, ctx.columns ?? COLUMNS) };
}

async function gather(ctx: Lean): Promise<Facts> {
  const [repo, all, holder, connected] = await Promise.all([
    lookAround(ctx),
    listWorkspaces(ctx),
    lockHolder(vmLock(ctx)),
    isConnected(ctx),
  ]);
  const workspaces = repo ? await hereWorkspaces(ctx) : [];
  const { vm } = ctx.paths;
  const byVariable = vm === (ctx.env["AGENT_VM_NAME"] ?? DEFAULT_VM);
  const named = ctx.flags.repo === undefined ? undefined : quoted(ctx.flags.repo);
  return {
    vm,
    state: await stateOf(ctx, holder, connected),
    busy: holder?.command,
    repo,
    workspaces,
    elsewhere: all.length - workspaces.length,
    sessions: connected ? await sessionsNow(ctx) : undefined,
    program: `agent-vm${byVariable ? "" : ` --vm ${vm}`}${named === undefined ? "" : ` --repo ${named}`}`,
    git: named === undefined ? "git" : `git -C ${named}`,
  };
}

async function isConnected(ctx: Lean): Promise<boolean> {
  const record = await readRecord(ctx.paths);
  return record?.phase === "ready" && masterAlive(ctx.run, targetFor(ctx.paths));
}

/** Lima's word counts for a VM without a connection: to ask it itself could take seconds. */
async function stateOf(ctx: Lean, holder: Holder | undefined, connected: boolean): Promise<VmState> {
  const { phase } = (await readRecord(ctx.paths)) ?? {};
  const busyWith = holder?.command.split(" ")[1];
  // Nothing of ours was ever made: limactl needs not be asked.
  const lima = connected || phase === undefined ? undefined : await findLima(ctx);
  const instance = lima && (await findInstance(lima, ctx.paths.vm));
  const stalePids = instance !== undefined && (await hasForeignPids(ctx.run, instance));
  const answers = connected || (instance?.status === "Running" && !stalePids);
  return vmState({ phase, instance: instance?.status, stalePids, answers, busyWith });
}

async function sessionsNow(ctx: Lean): Promise<ListedSession[] | undefined> {
  const { listSessions } = await import("../session/list.ts");
  const signal = AbortSignal.any([ctx.signal, AbortSignal.timeout(PATIENCE)]);
  return listSessions({ ...ctx, signal }, targetFor(ctx.paths)).catch(() => undefined);
}
