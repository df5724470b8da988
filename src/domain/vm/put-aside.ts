// A VM that cannot answer is kept under another name: nobody can tell what work is in it.
import { cp, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { findInstance, type Lima, renameInstance } from "../../adapters/limactl.ts";
import type { Context } from "../../context.ts";
import { ToolError, type UserError } from "../../errors.ts";
import { withLock } from "../../io/lock.ts";
import { asStep } from "../../io/output.ts";
import { agreeTo } from "../consent.ts";
import { removeMountpoint } from "../mount/mountpoint.ts";
import { type Paths, parseVmName, pathsFor, type VmName } from "../paths.ts";
import { requireLima } from "./lima.ts";
import { vmLock } from "./observe.ts";
import { readRecord, writeRecord } from "./record.ts";
import { lockOptions } from "./start.ts";
import { stopLocked } from "./stop.ts";

export interface Aside {
  name: VmName;
  /** The instance's directory with its disk. */
  directory: string;
}

/** A VM's name has 30 characters at most; this leaves ten for the old one. */
const MAX_OLD = 10;

/** `<vm>-aside-<yyyymmdd-hhmm>`, the old name cut short where it must be. */
export function asideName(vm: string, now: Date): VmName {
  const stamp = now.toISOString().slice(0, 16).replaceAll(/[-:]/g, "").replace("T", "-");
  return parseVmName(`${vm.slice(0, MAX_OLD).replace(/-+$/, "")}-aside-${stamp}`);
}

/**
 * Ends the VM and renames its instance; record, logs and map of workspaces move with it, so that every command
 * works on it by its new name once it is repaired. `why`: what kept it from answering. Throws UserError (4) when
 * nobody agrees.
 */
export async function putAside(ctx: Context, why: UserError): Promise<Aside> {
  ctx.out.warn(
    ["The VM cannot answer, so nobody can tell what work is in it:", why.message, ...why.details].join("\n"),
  );
  if (why.hint !== undefined) ctx.out.say(`To repair it instead: ${why.hint}`);
  const lima = await requireLima(ctx);
  const name = await freeName(ctx, lima);
  await agreeTo(ctx, `Stop the VM ${ctx.paths.vm} and put it aside, whole, as ${name}?`);
  return withLock(vmLock(ctx), lockOptions(ctx), async () => {
    await stopLocked(ctx, true);
    await asStep(ctx.out, `put the VM ${ctx.paths.vm} aside as ${name}`, () => moveAside(ctx, lima, name));
    return { name, directory: join(ctx.paths.limaHome, name) };
  });
}

async function moveAside(ctx: Context, lima: Lima, name: VmName): Promise<void> {
  const paths = pathsFor(name, ctx);
  await copyState(ctx.paths, paths);
  await renameOrMove(ctx, lima, name).catch(async (error: unknown) => {
    await rm(paths.state, { recursive: true, force: true });
    throw error;
  });
  await removeMountpoint(ctx);
  const { sshConfig, sshHosts, knownHosts, workspaces, record } = ctx.paths;
  for (const file of [sshHosts, sshConfig, knownHosts, workspaces, record]) await rm(file, { force: true });
}

const MINUTE = 60_000;

async function freeName(ctx: Context, lima: Lima): Promise<VmName> {
  for (let time = Date.now(); ; time += MINUTE) {
    const name = asideName(ctx.paths.vm, new Date(time));
    const taken = (await readRecord(pathsFor(name, ctx))) ?? (await findInstance(lima, name));
    if (taken === undefined) return name;
  }
}

/** A copy first: until the instance has its new name, the old state is the true one. */
async function copyState(from: Paths, to: Paths): Promise<void> {
  await mkdir(to.state, { recursive: true, mode: 0o700 });
  for (const path of ["workspaces", "logs"] as const) await copy(from[path], to[path]);
  const record = await readRecord(from);
  // The guest makes itself new host keys under a new name (10-host-keys.sh), so the pinned one stays behind.
  if (record) await writeRecord(to, { ...record, renamed: true });
}

async function copy(from: string, to: string): Promise<void> {
  try {
    await cp(from, to, { recursive: true, preserveTimestamps: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

/** Lima does not rename an instance whose configuration it cannot read; the directory's name is all there is to it. */
async function renameOrMove(ctx: Context, lima: Lima, name: VmName): Promise<void> {
  try {
    await renameInstance(lima, ctx.paths.vm, name);
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    await rename(join(ctx.paths.limaHome, ctx.paths.vm), join(ctx.paths.limaHome, name));
  }
}
