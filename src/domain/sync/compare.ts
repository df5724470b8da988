// What the host's repository knows of commits: counts between two, and which are safe on the host.
import { git, query } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import type { Counts } from "./verdict.ts";

/** True when the repository has the object and it is a commit. */
async function hasCommit(ctx: Context, directory: string, oid: string): Promise<boolean> {
  const { code } = await git(ctx, directory, ["cat-file", "-e", `${oid}^{commit}`], { ok: [0, 1, 128] });
  return code === 0;
}

/** Commits that only one of two has, as this repository counts; undefined when it has not got the second. */
export async function countBetween(
  ctx: Context,
  directory: string,
  tips: { host: string; workspace: string },
): Promise<Counts> {
  if (!(await hasCommit(ctx, directory, tips.workspace))) return undefined;
  const { code } = await git(ctx, directory, ["merge-base", tips.host, tips.workspace], { ok: [0, 1] });
  if (code === 1) return "none";
  const range = `${tips.host}...${tips.workspace}`;
  const { stdout } = await git(ctx, directory, ["rev-list", "--left-right", "--count", range, "--"]);
  const [host = "0", workspace = "0"] = stdout.trim().split("\t");
  return { host: Number(host), workspace: Number(workspace) };
}

/** An argument list may not grow without end. */
const CHUNK = 1000;

/**
 * Those of the objects that are safe in a host repository: commits reachable from its references, other objects that a
 * reference names. An object that merely lies in it can be deleted by git any day.
 */
export async function savedOnHost(
  ctx: Context,
  directory: string,
  oids: readonly string[],
): Promise<Set<string>> {
  const saved = new Set<string>();
  const unique = [...new Set(oids)];
  const named = new Set(
    (await query(ctx, directory, ["for-each-ref", "--format=%(objectname)"])).split("\n"),
  );
  const commits: string[] = [];
  const input = unique.map((oid) => `${oid}\n`).join("");
  const format = "--batch-check=%(objectname) %(objecttype)";
  const { stdout } = await git(ctx, directory, ["cat-file", format], { input });
  for (const line of stdout.split("\n")) {
    const [oid = "", type] = line.split(" ");
    if (named.has(oid)) saved.add(oid);
    else if (type === "commit") commits.push(oid);
  }
  for (let at = 0; at < commits.length; at += CHUNK) {
    const some = commits.slice(at, at + CHUNK);
    const { stdout: lost } = await git(ctx, directory, ["rev-list", ...some, "--not", "--all", "--"]);
    const unreachable = new Set(lost.split("\n"));
    for (const oid of some) if (!unreachable.has(oid)) saved.add(oid);
  }
  return saved;
}
