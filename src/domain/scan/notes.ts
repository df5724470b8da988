// What this host keeps of scans, for each repository: commits that were looked into, and findings that are known.
// In the user's own state alone: a file of the repository would be the VM's to write, with the findings it mutes.
import { join } from "node:path";
import type { Context } from "../../context.ts";
import { writeJson } from "../../io/json-file.ts";
import { withLock } from "../../io/lock.ts";
import { readStore, unreadable } from "../workspace/store.ts";
import type { Finding } from "./finding.ts";

/** Shown to people who look into the file; only the digest counts. */
export interface KnownFinding {
  digest: string;
  rule: string;
  path: string;
  /** ISO time. */
  since: string;
}

export interface Notes {
  version: 1;
  /** Who looked; another one looks again. */
  by: string;
  /** Tips up to which everything was looked into and passed on, the newest last. */
  passed: string[];
  known: KnownFinding[];
}

const MAX_PASSED = 100;

export const notesPath = (ctx: Context, repoId: string): string =>
  join(ctx.paths.sharedState, "scan", `${repoId}.json`);

/** Tips of another scanner are left out. Throws UserError when the file is damaged. */
export async function readNotes(ctx: Context, repoId: string, by: string): Promise<Notes> {
  const path = notesPath(ctx, repoId);
  const file = (await readStore(path)) as Notes | undefined;
  if (file === undefined) return { version: 1, by, passed: [], known: [] };
  const whole = file.version === 1 && Array.isArray(file.passed) && Array.isArray(file.known);
  if (!whole) throw unreadable(path);
  return file.by === by ? file : { ...file, by, passed: [] };
}

async function change(
  ctx: Context,
  repoId: string,
  by: string,
  edit: (notes: Notes) => Notes,
): Promise<void> {
  const lock = join(ctx.paths.sharedState, "locks", `scan-${repoId}.lock`);
  const options = { command: ctx.commandLine, signal: ctx.signal, patience: 30_000 };
  await withLock(lock, options, async () => {
    await writeJson(notesPath(ctx, repoId), edit(await readNotes(ctx, repoId, by)));
  });
}

export const notePassed = (
  ctx: Context,
  repoId: string,
  by: string,
  tips: readonly string[],
): Promise<void> =>
  change(ctx, repoId, by, (notes) => {
    const passed = [...notes.passed.filter((tip) => !tips.includes(tip)), ...tips];
    return { ...notes, passed: passed.slice(-MAX_PASSED) };
  });

export const noteKnown = (
  ctx: Context,
  repoId: string,
  by: string,
  findings: readonly Finding[],
): Promise<void> =>
  change(ctx, repoId, by, (notes) => {
    const had = new Set(notes.known.map((one) => one.digest));
    const fresh = findings.filter((one) => !had.has(one.digest));
    const since = new Date().toISOString();
    const more = fresh.map(({ digest, rule, path }) => ({ digest, rule, path, since }));
    return { ...notes, known: [...notes.known, ...more] };
  });
