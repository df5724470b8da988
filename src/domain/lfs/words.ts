// Sentences about large files (Git LFS) that several places say. Pure.
import { sanitize } from "../../guard/sanitize.ts";
import { bytesText } from "../../io/bytes-text.ts";
import { quoted } from "../sync/plan.ts";
import { plural } from "../sync/words.ts";
import type { LargeFilesToCome } from "./fetch.ts";

/** `inside`: the path of the submodule that they are files of. */
export const notHere = (count: number, inside?: string): string =>
  `${inPlace(inside)}The content of ${plural(count, "large file")} (Git LFS) is not on this host: the workspace keeps the pointer. Get it with: git ${at(inside)}lfs fetch; then push again.`;

const inPlace = (inside: string | undefined): string =>
  inside === undefined ? "" : `Submodule ${sanitize(inside)}: `;
const at = (inside: string | undefined): string => (inside === undefined ? "" : `-C ${quoted(inside)} `);

export const noGitLfsInVm = (branch: string): string =>
  `git-lfs is not in the VM: large files are pointers in the workspace. Install it with agent-vm upgrade, then: agent-vm push ${branch}`;

/** For a fetch that is only tried. */
export function toComeLines(large: LargeFilesToCome | undefined): string[] {
  if (large === undefined) return [];
  if (large === "unknown")
    return [
      "It would bring large files (Git LFS) that the commits name, too; which, is known once they are here.",
    ];
  const { count, bytes } = large;
  return count === 0
    ? []
    : [`It would bring up to ${plural(count, "large file")} (Git LFS), ${bytesText(bytes)}.`];
}

export const nowhere = (count: number, inside?: string): string =>
  `${inPlace(inside)}The content of ${plural(count, "large file")} (Git LFS) that the commits name is neither here nor in the workspace. If a server has it: git ${at(inside)}lfs fetch`;
