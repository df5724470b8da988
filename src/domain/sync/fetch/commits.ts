// Commits as lines for people: every byte of them may come from the VM.
import { git } from "../../../adapters/git.ts";
import type { Context } from "../../../context.ts";
import { sanitize, sanitizeLines } from "../../../guard/sanitize.ts";

const MAX_LINES = 50;

/** "id  author  subject" for each commit of `now` that `old` has not, newest first, capped. */
export async function commitLines(
  ctx: Context,
  directory: string,
  now: string,
  old?: string,
): Promise<string[]> {
  const format = "--format=%h%x00%an%x00%s";
  const args = ["log", "-z", "--no-color", "--encoding=UTF-8", `--max-count=${MAX_LINES + 1}`, format];
  // Without an old value: what no other branch of the host has.
  const not = old === undefined ? ["--not", "--exclude=refs/agent-vm/*", "--all"] : [`^${old}`];
  const { stdout } = await git(ctx, directory, [...args, now, ...not, "--"]);
  const words = stdout.split("\0");
  const lines: string[] = [];
  for (let at = 0; at + 2 < words.length; at += 3) {
    const [id = "", author = "", subject = ""] = words.slice(at, at + 3);
    lines.push(`${sanitize(id)}  ${sanitize(author, 30)}  ${sanitize(subject)}`);
  }
  return lines.length > MAX_LINES ? [...lines.slice(0, MAX_LINES), "… and more (git log)"] : lines;
}

/** How many commits `now` has that `old` has not. */
export async function commitCount(
  ctx: Context,
  directory: string,
  now: string,
  old: string,
): Promise<number> {
  return Number((await git(ctx, directory, ["rev-list", "--count", now, `^${old}`, "--"])).stdout);
}

/** What changed between two commits, as `git diff --stat` tells it; nothing of the user's configuration runs. */
export async function diffStat(ctx: Context, directory: string, old: string, now: string): Promise<string[]> {
  const plain = ["--no-ext-diff", "--no-textconv", "--no-color", "--submodule=short"];
  const args = ["diff", "--stat=100", `--stat-count=${MAX_LINES}`, ...plain, old, now, "--"];
  return sanitizeLines((await git(ctx, directory, args)).stdout);
}
