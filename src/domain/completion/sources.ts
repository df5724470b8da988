// Where candidates come from: git, files of ours, and sessions over a connection that lives. Nothing wakes the VM.
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Lean } from "../../context.ts";
import { parseVmName } from "../paths.ts";
import { hereWorkspaces, hostBranches } from "../workspace/known.ts";
import type { Kind } from "./kinds.ts";

export interface Candidate {
  value: string;
  description: string;
}

type Source = (ctx: Lean) => Promise<Candidate[]>;

/** Milliseconds that the VM gets to tell its sessions. */
const PATIENCE = 300;

const plain = (values: readonly string[], description = ""): Candidate[] =>
  values.map((value) => ({ value, description }));

const workspaces: Source = async (ctx) =>
  plain(
    (await hereWorkspaces(ctx)).map(({ branch }) => branch),
    "workspace",
  );

async function branches(ctx: Lean): Promise<Candidate[]> {
  const [all, those] = await Promise.all([hostBranches(ctx), workspaces(ctx)]);
  const known = new Set(those.map(({ value }) => value));
  return [...those, ...plain(all.filter((name) => !known.has(name)))];
}

async function vms(ctx: Lean): Promise<Candidate[]> {
  const names = await readdir(dirname(ctx.paths.state)).catch(() => []);
  return plain(names.filter(isVmName));
}

function isVmName(text: string): boolean {
  try {
    return parseVmName(text) === text;
  } catch {
    return false;
  }
}

const AGENT = /^([a-z0-9-]+)\.yaml$/;

async function agents(ctx: Lean): Promise<Candidate[]> {
  const places = [join(ctx.programDir, "common/agents"), join(dirname(ctx.paths.configFile), "agents")];
  const files = await Promise.all(places.map((place) => readdir(place).catch(() => [])));
  const names = files.flat().flatMap((file) => AGENT.exec(file)?.[1] ?? []);
  return plain([...new Set(names)].sort());
}

async function saves(ctx: Lean): Promise<Candidate[]> {
  const { listSaves } = await import("../vault/records.ts");
  const all = await listSaves(ctx);
  return all.map((save) => ({ value: save.id, description: save.branch ?? "" })).reverse();
}

async function saved(ctx: Lean): Promise<Candidate[]> {
  const [{ listSaves }, { knownId }] = await Promise.all([
    import("../vault/records.ts"),
    import("../workspace/known.ts"),
  ]);
  const id = await knownId(ctx);
  const all = id === undefined ? [] : await listSaves(ctx, id);
  return plain([...new Set(all.flatMap(({ branch }) => branch ?? []))]);
}

/** Only what a living connection tells at once: nobody waits at a Tab for a VM. */
async function sessions(ctx: Lean): Promise<Candidate[]> {
  const [{ masterAlive }, { targetFor }, { lookAtSessions }] = await Promise.all([
    import("../../adapters/ssh.ts"),
    import("../vm/ssh-config.ts"),
    import("../session/look.ts"),
  ]);
  const target = targetFor(ctx.paths);
  if (!(await masterAlive(ctx.run, target))) return [];
  const signal = AbortSignal.any([ctx.signal, AbortSignal.timeout(PATIENCE)]);
  const all = await lookAtSessions({ ...ctx, signal }, target);
  return all.map(({ id, kind, state }) => ({ value: id, description: `${kind}, ${state}` }));
}

/** The keeper is a process of this host: it answers at once, or there is nothing to take back. */
async function forwards(ctx: Lean): Promise<Candidate[]> {
  const [{ listForwards }, { forwardText }] = await Promise.all([
    import("../ports/forward.ts"),
    import("../ports/words.ts"),
  ]);
  const all = await listForwards(ctx);
  return all.map((one) => ({ value: String(one.host), description: forwardText(one) }));
}

async function keys(): Promise<Candidate[]> {
  const { settingsSchema } = await import("../settings.ts");
  return plain(Object.keys(settingsSchema.shape).sort());
}

const LOGS = ["vm", "provision", "credentials"];

const SOURCES: Partial<Record<Kind, Source>> = {
  agent: agents,
  branch: branches,
  forward: forwards,
  key: keys,
  log: async (ctx) => [...plain(LOGS), ...(await workspaces(ctx))],
  place: async (ctx) =>
    (await workspaces(ctx)).map(({ value, description }) => ({ value: `${value}:`, description })),
  save: saves,
  saved,
  session: sessions,
  vm: vms,
  workspace: workspaces,
};

/** What cannot be had is no candidate. */
export async function candidatesOf(ctx: Lean, kind: Kind): Promise<Candidate[]> {
  try {
    return (await SOURCES[kind]?.(ctx)) ?? [];
  } catch {
    return [];
  }
}
