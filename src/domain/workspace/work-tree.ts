// Where the files of a repository lie, also where that is neither beside its git directory nor has a `.git` of its own.
import { join } from "node:path";
import { git, namedWorkTree, query } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";

export interface WorkTree {
  gitDir: string;
  /** Git can be asked there; undefined when it does not tell. */
  top: string | undefined;
}

/** As git sees it from a directory. Throws ToolError where git sees no repository. */
export async function workTreeOf(ctx: Context, directory: string): Promise<WorkTree> {
  const { gitDir, top } = await asked(ctx, directory);
  if (top === undefined || top === directory || gitDir === join(top, ".git")) return { gitDir, top };
  const { stdout } = await git(ctx, top, ["rev-parse", "--absolute-git-dir"], { ok: "any" });
  if (stdout === `${gitDir}\n`) return { gitDir, top };
  // The setting core.worktree: who stands in the files finds no repository, or another one.
  return { gitDir, top: namedWorkTree(top, gitDir) };
}

async function asked(ctx: Context, directory: string): Promise<WorkTree> {
  const [own, files] = ["--absolute-git-dir", "--show-toplevel"];
  const { code, stdout } = await git(ctx, directory, ["rev-parse", own, files], { ok: "any" });
  const [gitDir = "", top = "", ...more] = stdout.split("\n");
  if (code === 0 && more.length === 1) return { gitDir, top: top === "" ? undefined : top };
  // None of them, or one with a line break in it.
  const ask = (what: string) => git(ctx, directory, ["rev-parse", what], { ok: "any" });
  const said = await ask(files);
  return {
    gitDir: await query(ctx, directory, ["rev-parse", own]),
    top: said.code === 0 && said.stdout !== "\n" ? said.stdout.replace(/\n$/, "") : undefined,
  };
}
