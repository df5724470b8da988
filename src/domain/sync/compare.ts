// What the host's repository knows of commits: counts between two, and which are safe on the host.
import { git, query } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import type { Counts } from "./verdict.ts";

/** True when the repository has the object and it is a commit. */
async function hasCommit(ctx: Context, directory: string, oid: string): Promise<boolean> {
  const { code } = await git(ctx, directory, ["cat-file", "-e", `${oid}^{commit}`], { ok: [0, 1, 128] });
  return code === 0;
}

/**
 * Commits that only one of two has, as this repository counts; undefined when it has not got the second. `onHost`:
 * whether it has, when that is known already.
 */
export async function countBetween(
  ctx: Context,
  directory: string,
  tips: { host: string; workspace: string; onHost?: boolean | undefined },
): Promise<Counts> {
  if (!(tips.onHost ?? (await hasCommit(ctx, directory, tips.workspace)))) return undefined;
  const range = `${tips.host}...${tips.workspace}`;
  const { stdout } = await git(ctx, directory, ["rev-list", "--left-right", "--count", range, "--"]);
  const [host = 0, workspace = 0] = stdout.trim().split("\t").map(Number);
  // One that has nothing of its own is part of the other.
  if (host === 0 || workspace === 0) return { host, workspace };
  const { code } = await git(ctx, directory, ["merge-base", tips.host, tips.workspace], { ok: [0, 1] });
  return code === 1 ? "none" : { host, workspace };
}

/** An argument list may not grow without end. */
const CHUNK = 1000;

/** The objects that a repository's references name. */
export async function namedOnHost(ctx: Context, directory: string): Promise<Set<string>> {
  return new Set((await query(ctx, directory, ["for-each-ref", "--format=%(objectname)"])).split("\n"));
}

/**
 * Those of the objects that are safe in a host repository: commits reachable from its references, other objects that a
 * reference names. An object that merely lies in it can be deleted by git any day.
 */
export async function savedOnHost(
  ctx: Context,
  directory: string,
  oids: readonly string[],
): Promise<Set<string>> {
  return (await foundOnHost(ctx, { directory, named: await namedOnHost(ctx, directory) }, oids)).saved;
}

export interface OnHost {
  /** See savedOnHost. */
  saved: Set<string>;
  /** Those of the objects that a reference names, and commits that lie there, safe or not. */
  there: Set<string>;
}

/** Asks nothing when references name all of the objects. */
export async function foundOnHost(
  ctx: Context,
  { directory, named }: { directory: string; named: ReadonlySet<string> },
  oids: readonly string[],
): Promise<OnHost> {
  const unique = [...new Set(oids)];
  const saved = new Set(unique.filter((oid) => named.has(oid)));
  const others = unique.filter((oid) => !named.has(oid));
  const commits = others.length === 0 ? [] : await commitsAmong(ctx, directory, others);
  for (let at = 0; at < commits.length; at += CHUNK) {
    const some = commits.slice(at, at + CHUNK);
    const { stdout: lost } = await git(ctx, directory, ["rev-list", ...some, "--not", "--all", "--"]);
    const unreachable = new Set(lost.split("\n"));
    for (const oid of some) if (!unreachable.has(oid)) saved.add(oid);
  }
  return { saved, there: new Set([...saved, ...commits]) };
}

/** Those of the objects that are commits of the repository. */
async function commitsAmong(ctx: Context, directory: string, oids: readonly string[]): Promise<string[]> {
  const input = oids.map((oid) => `${oid}\n`).join("");
  const format = "--batch-check=%(objectname) %(objecttype)";
  const { stdout } = await git(ctx, directory, ["cat-file", format], { input });
  return stdout.split("\n").flatMap((line) => {
    const [oid = "", type] = line.split(" ");
    return type === "commit" ? [oid] : [];
  });
}
