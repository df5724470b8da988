// What a push says of submodules. Pure.
import { sanitize } from "../../guard/sanitize.ts";
import { quoted } from "../sync/plan.ts";
import { nameLines, short } from "../sync/words.ts";
import type { Step } from "./plan-out.ts";
import type { Settled } from "./seen.ts";
import type { Missing, Tree } from "./tree.ts";

/** A line for each submodule that does not travel, with what to type; none for most repositories. */
export function stayingBehind({ missing, unfit }: Tree, branch: string): string[] {
  return [
    ...missing.map((one) => missingLine(one, branch)),
    ...nameLines(
      "not followed, as .gitmodules calls it",
      unfit.map(({ name, why, inside }) => `${name}${inside === "" ? "" : ` in ${inside}`} (${why})`),
    ),
  ];
}

function missingLine({ path, inside, cloned, oid, why }: Missing, branch: string): string {
  const what = `The submodule ${sanitize(path)} does not travel`;
  if (why !== undefined) return `${what}: ${why}.`;
  const again = `agent-vm push ${quoted(branch)}`;
  const own = inside === "" ? path : path.slice(inside.length + 1);
  const at = inside === "" ? "" : `-C ${quoted(inside)} `;
  if (!cloned)
    return `${what}: you have not cloned it. Do that: git ${at}submodule update --init -- ${quoted(own)} && ${again}`;
  return `${what}: your clone of it lacks the commit ${short(oid)}. Get it: git -C ${quoted(path)} fetch && ${again}`;
}

/** What became of those that had to change, in a line or none. */
export function settledLine(done: readonly { path: string; do: Step["do"] }[]): string | undefined {
  if (done.length === 0) return undefined;
  const all = done.map(({ path, do: what }) => `${sanitize(path)}${HOW[what] ?? ""}`);
  const shown = all.length > MAX_SHOWN ? [...all.slice(0, MAX_SHOWN), `${all.length - MAX_SHOWN} more`] : all;
  return `Submodules at the commits that the branch records: ${shown.join(", ")}.`;
}

const MAX_SHOWN = 10;
const HOW: Partial<Record<Step["do"], string>> = { make: " (new)", follow: " (at its new path)" };

const WHY: Record<Exclude<Settled, "done">, string> = {
  changed: "it changed while it was looked at",
  blocked: "files are in its way there",
  elsewhere: "the workspace has its files at another path",
  failed: "git could not check it out there",
};

/** A submodule that stayed behind at the end. */
export const leftLine = (path: string, why: string): string =>
  `The submodule ${sanitize(path)} of the workspace was left as it is: ${why}.`;

export const unsettledLine = (path: string, word: Exclude<Settled, "done">): string =>
  `${leftLine(path, WHY[word])} In the workspace: git submodule update -- ${quoted(path)}`;
