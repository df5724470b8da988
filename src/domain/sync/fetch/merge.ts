// `fetch --merge`: a merge commit of the host's branch and the workspace's, made without touching any files.
import { git } from "../../../adapters/git.ts";
import type { Context } from "../../../context.ts";
import { sanitize } from "../../../guard/sanitize.ts";
import type { Workspace } from "../../workspace/registry.ts";
import type { Refusal } from "../plan.ts";
import { quoted } from "../plan.ts";
import { nameLines } from "../words.ts";
import { committerOf, mergerFor } from "./three-way.ts";

export type Made = { commit: string } | { refuse: Refusal };

export interface Tips {
  host: string;
  workspace: string;
  /** Where the workspace's commit lies on the host, for the user to type. */
  ref: string;
}

/** The merge commit, with the host's commit as its first parent; or why there is none. Nothing but objects is written. */
export async function mergeCommit(
  ctx: Context,
  directory: string,
  workspace: Workspace,
  tips: Tips,
): Promise<Made> {
  await committerOf(ctx, directory);
  const merged = await (await mergerFor(ctx, directory)).merge(tips.host, tips.workspace);
  if ("conflicts" in merged) {
    const name = sanitize(workspace.branch);
    return {
      refuse: {
        message: `The workspace's commits do not merge with yours on "${name}" by themselves; your branch was not moved.`,
        details: nameLines("conflict", merged.conflicts),
        hint: `Merge by hand, on that branch: git merge ${quoted(tips.ref)}`,
      },
    };
  }
  const parents = ["-p", tips.host, "-p", tips.workspace];
  const message = `Merge workspace ${workspace.dir} into ${workspace.branch}\n`;
  const { stdout } = await git(
    ctx,
    directory,
    [...PINS, "commit-tree", "--no-gpg-sign", ...parents, "-F", "-", merged.tree],
    { input: message },
  );
  return { commit: stdout.trim() };
}

const PINS = ["-c", "user.useConfigOnly=true", "-c", "i18n.commitEncoding=UTF-8"];
