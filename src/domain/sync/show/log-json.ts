// `log --json`: the commits that the host has not, as values.
import type { Context } from "../../../context.ts";
import { LOG } from "../guest/diff.ts";
import { factCount, otherBranches } from "./log.ts";
import { gather } from "./show.ts";

/** Newest first. Throws UserError as `log` does. */
export async function logJson(ctx: Context, branch: string) {
  const view = { script: LOG, args: ["data"], onlyHosts: true };
  const { facts, workspace, lines } = await gather(ctx, branch, view);
  return {
    /** Version of this form. */
    schema: 1,
    branch: workspace.branch,
    workspace: workspace.dir,
    tip: facts.get("tip")?.[0] || null,
    commits: lines.filter((line) => line.startsWith("\0")).map(commitOf),
    changed: factCount(facts, "changed"),
    untracked: factCount(facts, "untracked"),
    stashes: factCount(facts, "stashes"),
    otherBranches: otherBranches(facts),
  };
}

/** NUL, id, author, date, subject, with NUL between them. */
function commitOf(line: string) {
  const [, commit = "", author = "", date = "", ...subject] = line.split("\0");
  return { commit, author, date, subject: subject.join(" ") };
}
