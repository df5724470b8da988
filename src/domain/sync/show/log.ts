// `agent-vm log`: the commits of a workspace that the host has not, and in a line what is not committed.
import type { Context } from "../../../context.ts";
import { sanitize } from "../../../guard/sanitize.ts";
import type { Screen } from "../../../io/pager.ts";
import type { Workspace } from "../../workspace/registry.ts";
import { LOG } from "../guest/diff.ts";
import { dirtText } from "../verdict.ts";
import { nameLines, plural } from "../words.ts";
import { formWord } from "./diff.ts";
import { cleanLine, painter, styled } from "./paint.ts";
import type { Facts } from "./read-answer.ts";
import { show, wantsColour } from "./show.ts";

export interface LogOptions {
  form: "none" | "stat" | "patch";
}

/** Shows them newest first. Throws UserError when there is no workspace or nothing in common. */
export async function showLog(
  ctx: Context,
  branch: string,
  options: LogOptions,
  screen: Screen,
): Promise<void> {
  const colour = wantsColour(ctx, screen);
  let paint = painter(colour);
  let told = 0;
  const any = await show(ctx, branch, screen, {
    script: LOG,
    args: [formWord(options.form, screen)],
    verb: "log",
    onlyHosts: true,
    begin: (facts, workspace) => {
      const lines = besideCommits(facts, workspace);
      told = lines.length;
      return lines;
    },
    line: (text) => {
      if (!text.startsWith("\0")) return paint(text);
      paint = painter(colour);
      return commitLine(text, colour);
    },
  });
  if (!any && told === 0)
    ctx.out.say(`Nothing in the workspace of "${sanitize(branch)}" that the host has not.`);
  else if (!any) ctx.out.say(`No commit on "${sanitize(branch)}" that the host has not.`);
}

/** NUL, id, author, date, subject, with NUL between them. */
export function commitLine(text: string, colour: boolean): string {
  const [, id = "", author = "", date = "", ...subject] = text.split("\0");
  const shownId = sanitize(id, 64);
  const words = [colour ? styled("yellow", shownId) : shownId, sanitize(date, 30), sanitize(author, 30)];
  return `${words.join("  ")}  ${cleanLine(subject.join(" "))}`;
}

const wholeNumber = (text: string): number => Number(/^\d{1,9}$/.exec(text)?.[0] ?? 0);

/** A count that the guest tells; 0 for whatever is none. */
export const factCount = (facts: Facts, name: string): number => wholeNumber(facts.get(name)?.[0] ?? "");

/** Other branches with commits that the host has not. Names are as the guest says. */
export const otherBranches = (facts: Facts): { name: string; commits: number }[] =>
  (facts.get("other") ?? []).map((fact) => {
    const [number = "", ...name] = fact.split(" ");
    return { name: name.join(" "), commits: wholeNumber(number) };
  });

function besideCommits(facts: Facts, workspace: Workspace): string[] {
  const dirt = dirtText({
    changed: factCount(facts, "changed"),
    untracked: factCount(facts, "untracked"),
    ignored: 0,
    stashes: factCount(facts, "stashes"),
  });
  const others = otherBranches(facts).map(({ name, commits }) => `${name} (${plural(commits, "commit")})`);
  return [
    ...(dirt === "" ? [] : [`not committed: ${dirt}`]),
    ...(facts.get("tip")?.[0]
      ? []
      : [`the workspace has no branch ${sanitize(workspace.branch)} (any more)`]),
    ...nameLines("also on", others),
  ];
}
