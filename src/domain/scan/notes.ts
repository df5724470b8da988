// What this host keeps of scans, for each repository: commits that went through, and findings that the user knows.
// In the user's own state alone: a file of the repository would be the VM's to write, with the findings it mutes.
import { join } from "node:path";
import type { Context } from "../../context.ts";
import { UserError } from "../../errors.ts";
import { readJson, writeJson } from "../../io/json-file.ts";
import { withLock } from "../../io/lock.ts";
import type { Finding } from "./finding.ts";

/**
 * `sent`: all that is reachable from the commit was looked into, but for what the host's remotes had. `came`: only what
 * the host had not; the VM chooses parents, so nothing follows from it for what is sent.
 */
export type Way = "sent" | "came";

/** Shown to people who look into the file; only the digest counts. */
export interface KnownFinding {
  digest: string;
  rule: string;
  path: string;
  /** ISO time. */
  since: string;
}

/** A large file (Git LFS) that could not be looked into, as its content was not here. */
export interface Unseen {
  /** Of the content. */
  oid: string;
  commit: string;
  /** As git has it: bytes, one character each. */
  path: string;
}

export interface Notes {
  version: 1;
  /** Who looked; another one looks again. */
  by: string;
  /** Commits that went through, the newest last. */
  sent: string[];
  came: string[];
  known: KnownFinding[];
  /** Of all commits that went through, whoever looked. */
  unseen: Unseen[];
}

const MAX_PASSED = 100;
/** With more, commits are looked into again each time. */
const MAX_UNSEEN = 10_000;

export const notesPath = (ctx: Context, repoId: string): string =>
  join(ctx.paths.sharedState, "scan", `${repoId}.json`);

/** Tips of another scanner are left out. Throws UserError (1) when the file is damaged. */
export async function readNotes(ctx: Context, repoId: string, by: string): Promise<Notes> {
  const path = notesPath(ctx, repoId);
  const file = (await readJson(path).catch((cause: unknown) => {
    throw cause instanceof SyntaxError ? damaged(path, cause) : cause;
  })) as Notes | null | undefined;
  if (file === undefined) return { version: 1, by, sent: [], came: [], known: [], unseen: [] };
  // Files of before have no list of what was unseen.
  const unseen = file?.unseen ?? [];
  if (file?.version !== 1 || ![file.sent, file.came, file.known, unseen].every(Array.isArray))
    throw damaged(path);
  return file.by === by ? { ...file, unseen } : { ...file, unseen, by, sent: [], came: [] };
}

const damaged = (path: string, cause?: unknown): UserError =>
  new UserError(`The file ${path} is not what agent-vm wrote.`, {
    hint: "Move it away to start a new one; what you accepted of the scan for secrets is then asked about again.",
    cause,
  });

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

export interface Passed {
  way: Way;
  tips: readonly string[];
  /** What the user accepted with them: one is asked about once, whichever way it goes. */
  accepted: readonly Finding[];
  unseen: readonly Unseen[];
}

export const notePassed = (ctx: Context, repoId: string, by: string, passed: Passed): Promise<void> =>
  change(ctx, repoId, by, (notes) => {
    const { way, tips, accepted } = passed;
    const unseen = [...new Map([...notes.unseen, ...passed.unseen].map((one) => [one.oid, one])).values()];
    if (unseen.length > MAX_UNSEEN) return withKnown(notes, accepted);
    // The first is what it was about; its base and tags may be many.
    const all = [...notes[way].filter((tip) => !tips.includes(tip)), ...[...tips].reverse()];
    return { ...withKnown(notes, accepted), unseen, [way]: all.slice(-MAX_PASSED) };
  });

/** Their content came, and was looked into. */
export const noteSeen = (
  ctx: Context,
  repoId: string,
  by: string,
  { seen, accepted }: { seen: readonly Unseen[]; accepted: readonly Finding[] },
): Promise<void> =>
  change(ctx, repoId, by, (notes) => {
    const oids = new Set(seen.map((one) => one.oid));
    return { ...withKnown(notes, accepted), unseen: notes.unseen.filter((one) => !oids.has(one.oid)) };
  });

export const noteKnown = (
  ctx: Context,
  repoId: string,
  by: string,
  findings: readonly Finding[],
): Promise<void> => change(ctx, repoId, by, (notes) => withKnown(notes, findings));

function withKnown(notes: Notes, findings: readonly Finding[]): Notes {
  const had = new Set(notes.known.map((one) => one.digest));
  const fresh = findings.filter((one) => !had.has(one.digest));
  const since = new Date().toISOString();
  return {
    ...notes,
    known: [...notes.known, ...fresh.map(({ digest, rule, path }) => ({ digest, rule, path, since }))],
  };
}
