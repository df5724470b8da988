// `agent-vm diff`: what a workspace's files have that the host's branch has not, before any fetch.
import type { Context } from "../../../context.ts";
import { sanitize } from "../../../guard/sanitize.ts";
import type { Screen } from "../../../io/pager.ts";
import type { Workspace } from "../../workspace/registry.ts";
import { DIFF } from "../guest/diff.ts";
import { nameLines, short } from "../words.ts";
import { painter } from "./paint.ts";
import type { Facts } from "./read-answer.ts";
import { show, wantsColour } from "./show.ts";

export interface DiffOptions {
  /** The branch's commits alone, nothing of what is not committed. */
  committed: boolean;
  form: "patch" | "stat" | "names";
}

/**
 * Shows the difference from the commit where the workspace left the host's branch. Throws UserError when there is no
 * workspace, no such branch in it, or nothing in common.
 */
export async function showDiff(
  ctx: Context,
  branch: string,
  options: DiffOptions,
  screen: Screen,
): Promise<void> {
  const paint = painter(wantsColour(ctx, screen) && options.form !== "names");
  let base = "";
  const any = await show(ctx, branch, screen, {
    script: DIFF,
    args: [formWord(options.form, screen), options.committed ? "committed" : "tree"],
    verb: "diff",
    onlyHosts: false,
    begin: (facts, workspace) => {
      base = facts.get("base")?.[0] ?? "";
      if (!options.committed) tellWhatIsShown(ctx, facts, workspace);
      return [];
    },
    line: paint,
  });
  if (any) return;
  const what = options.committed ? "Nothing is committed" : "Nothing is";
  ctx.out.say(
    `${what} in the workspace of "${sanitize(branch)}" that the host has not (${sanitize(short(base))}).`,
  );
}

export const formWord = (form: string, screen: Screen): string =>
  form === "stat" ? `stat=${screen.columns}` : form;

function tellWhatIsShown(ctx: Context, facts: Facts, workspace: Workspace): void {
  const on = facts.get("on")?.[0] ?? "";
  if (on !== `refs/heads/${workspace.branch}`) {
    const at = on === "" ? "no branch (detached HEAD)" : sanitize(on.replace("refs/heads/", ""));
    ctx.out.warn(`The workspace has ${at} checked out; its files are what is shown.`);
  }
  for (const line of nameLines("not shown, a repository of its own", facts.get("nested") ?? []))
    ctx.out.say(line);
}
