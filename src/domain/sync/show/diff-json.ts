// `diff --json`: the files that differ, as values.
import type { Context } from "../../../context.ts";
import { EXIT, UserError } from "../../../errors.ts";
import { DIFF } from "../guest/diff.ts";
import { gather } from "./show.ts";

type Change = "added" | "changed" | "deleted" | "renamed" | "copied" | "type" | "unmerged";

export interface DiffFile {
  path: string;
  change: Change;
  /** The earlier path of what was renamed or copied. */
  from?: string;
  /** Lines; null for a binary file. */
  added: number | null;
  removed: number | null;
}

const CHANGES: Record<string, Change> = {
  A: "added",
  C: "copied",
  D: "deleted",
  M: "changed",
  R: "renamed",
  T: "type",
  U: "unmerged",
};

/** Throws UserError as `diff` does. */
export async function diffJson(ctx: Context, branch: string, committed: boolean) {
  const args = ["data", committed ? "committed" : "tree"];
  const { facts, workspace, lines } = await gather(ctx, branch, { script: DIFF, args, onlyHosts: false });
  return {
    /** Version of this form. */
    schema: 1,
    branch: workspace.branch,
    workspace: workspace.dir,
    base: facts.get("base")?.[0] ?? "",
    committed,
    files: parseFiles(lines),
    nested: facts.get("nested") ?? [],
  };
}

/** `git diff --raw --numstat -z` with its records as lines: first every ":…" with its names, then every count. */
export function parseFiles(lines: readonly string[]): DiffFile[] {
  const words = lines.map((line) => line.replaceAll("\0", "\n"));
  const files = new Map<string, DiffFile>();
  let at = 0;
  while (words[at]?.startsWith(":")) {
    const letter = words[at]?.split(" ")[4]?.[0] ?? "";
    const change = CHANGES[letter];
    if (change === undefined) throw notUnderstood();
    const two = change === "renamed" || change === "copied";
    const path = words[at + (two ? 2 : 1)] ?? "";
    files.set(path, { path, change, ...(two && { from: words[at + 1] ?? "" }), added: null, removed: null });
    at += two ? 3 : 2;
  }
  while (at < words.length) {
    const count = /^(\d+|-)\t(\d+|-)\t/.exec(words[at] ?? "");
    const name = words[at]?.slice(count?.[0].length);
    const file = files.get((name === "" ? words[at + 2] : name) ?? "");
    if (!count || file === undefined) throw notUnderstood();
    Object.assign(file, { added: lineCount(count[1] ?? ""), removed: lineCount(count[2] ?? "") });
    at += name === "" ? 3 : 1;
  }
  return [...files.values()];
}

const lineCount = (text: string): number | null => (text === "-" ? null : Number(text));

const notUnderstood = () =>
  new UserError("The VM's answer is not understood.", {
    hint: "See the difference as text, without --json.",
    exit: EXIT.failed,
  });
