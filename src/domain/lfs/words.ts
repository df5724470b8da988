// Sentences about large files (Git LFS) that several places say. Pure.
import { bytesText } from "../../io/bytes-text.ts";
import { plural } from "../sync/words.ts";
import type { LargeFilesToCome } from "./fetch.ts";

export const notHere = (count: number): string =>
  `The content of ${plural(count, "large file")} (Git LFS) is not on this host: the workspace keeps the pointer. Get it with: git lfs fetch; then push again.`;

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

export const nowhere = (count: number): string =>
  `The content of ${plural(count, "large file")} (Git LFS) that the commits name is neither here nor in the workspace. If a server has it: git lfs fetch`;
