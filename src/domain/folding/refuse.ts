// Why files cannot follow on a disk that does not tell spellings apart: two of them would be one there.
import { gitWords } from "../../adapters/git-words.ts";
import type { Context } from "../../context.ts";
import { sanitize } from "../../guard/sanitize.ts";
import type { RawDiff } from "../sync/incoming.ts";
import { textOf } from "../sync/parse.ts";
import { quoted, type Refusal } from "../sync/plan.ts";
import { nameLines } from "../sync/words.ts";
import { worktreeFolds } from "./disk.ts";
import { meetings } from "./meetings.ts";

/** Pairs of paths of the commit `to` that would be one file in the worktree, as text; none where the disk tells them apart. */
export async function meetingsIn(
  ctx: Context,
  worktree: string,
  { diff, to }: { diff: RawDiff; to: string },
): Promise<string[]> {
  if (!worktreeFolds(worktree)) return [];
  const met = meetings(diff);
  if (met.none) return [];
  for await (const paths of gitWords(ctx, worktree, [
    "ls-tree",
    "-r",
    "-z",
    "--full-tree",
    "--name-only",
    to,
  ]))
    for (const path of paths) met.take(path);
  return met.found().map(([one, other]) => inWords(textOf(one), textOf(other)));
}

function inWords(one: string, other: string): string {
  const alike = one.normalize("NFC") === other.normalize("NFC");
  return `${one} and ${other}${alike ? " (the same letters in another form of Unicode)" : ""}`;
}

export function namesThatMeet(
  { branch, path, ref }: { branch: string; path: string; ref: string },
  pairs: readonly string[],
): Refusal {
  const name = quoted(branch);
  return {
    message: `The new commits of "${sanitize(branch)}" use two names for what is one file on the disk of ${sanitize(path)}; your branch and files were not touched.`,
    details: [`The workspace's commits are in ${quoted(ref)}.`, ...nameLines("one file", pairs)],
    hint: `Take one name in the workspace and commit: agent-vm connect ${name}; then: agent-vm fetch ${name}. Without their files: agent-vm fetch ${name} --as <name>`,
  };
}
