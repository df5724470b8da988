// Values of fetched branches that a later fetch left behind, kept in the vault for a while.
import { git } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { openVault, withVaultLock } from "./vault.ts";

/** How many are kept whatever their age, and how long whatever their number (the "20 or 30 days"). */
const KEPT_COUNT = 20;
const KEPT_SECONDS = 30 * 24 * 60 * 60;

export interface Previous {
  /** The workspace's directory. */
  dir: string;
  branch: string;
  oid: string;
}

/**
 * Keeps a commit that the host's repository has under `refs/previous/<dir>/<branch>/@<seconds>-<oid>` of its vault and
 * returns that name. The same commit is kept once, as one that was left now.
 */
export async function keepPrevious(
  ctx: Context,
  repo: { id: string; directory: string },
  what: Previous,
): Promise<string> {
  const vault = await openVault(ctx, repo);
  const below = `refs/previous/${what.dir}/${what.branch}`;
  const now = Math.floor(Date.now() / 1000);
  return withVaultLock(ctx, vault, async () => {
    const ref = `${below}/@${now}-${what.oid}`;
    const gone = goneWith(await list(ctx, vault.gitDir, below), what.oid, now).filter(
      (one) => one.ref !== ref,
    );
    const lines = [`update ${ref} ${what.oid}`, ...gone.map((one) => `delete ${one.ref} ${one.oid}`)];
    await git(ctx, vault.gitDir, ["update-ref", "--stdin"], {
      input: lines.map((line) => `${line}\n`).join(""),
    });
    return ref;
  });
}

interface Kept {
  ref: string;
  oid: string;
  /** Seconds since 1970. */
  at: number;
}

async function list(ctx: Context, gitDir: string, below: string): Promise<Kept[]> {
  const { stdout } = await git(ctx, gitDir, [
    "for-each-ref",
    "--format=%(objectname) %(refname)",
    `${below}/`,
  ]);
  return stdout.split("\n").flatMap((line) => {
    const [oid = "", ref = ""] = line.split(" ");
    const at = /\/@(\d+)-[0-9a-f]+$/.exec(ref)?.[1];
    // A deeper name belongs to another branch: refs/previous/<dir>/a/… and refs/previous/<dir>/a/b/….
    return at === undefined || ref.slice(below.length + 1).includes("/")
      ? []
      : [{ oid, ref, at: Number(at) }];
  });
}

/** What needs no name any more once `oid` has one of `now`: its own earlier one, and what has expired of the others. */
export function goneWith(kept: readonly Kept[], oid: string, now: number): Kept[] {
  const others = kept.filter((one) => one.oid !== oid);
  return [...kept.filter((one) => one.oid === oid), ...expired(others, now)];
}

/** Those that are neither among the newest nor young. */
export function expired(kept: readonly Kept[], now: number): Kept[] {
  const newestFirst = [...kept].sort((a, b) => b.at - a.at);
  return newestFirst.slice(KEPT_COUNT).filter((one) => one.at < now - KEPT_SECONDS);
}
