// Sentences about large files (Git LFS) that several places say. Pure.
import { sanitize } from "../../guard/sanitize.ts";
import { quoted } from "../sync/plan.ts";
import { plural } from "../sync/words.ts";

/** `inside`: the path of the submodule that they are files of. */
export const notHere = (count: number, inside?: string): string =>
  `${inPlace(inside)}The content of ${plural(count, "large file")} (Git LFS) is not on this host: the workspace keeps the pointer. Get it with: git ${at(inside)}lfs fetch; then push again.`;

const inPlace = (inside: string | undefined): string =>
  inside === undefined ? "" : `Submodule ${sanitize(inside)}: `;
const at = (inside: string | undefined): string => (inside === undefined ? "" : `-C ${quoted(inside)} `);

export const noGitLfsInVm = (branch: string): string =>
  `git-lfs is not in the VM: large files are pointers in the workspace. Install it with agent-vm upgrade, then: agent-vm push ${branch}`;

export const nowhere = (count: number, inside?: string): string =>
  `${inPlace(inside)}The content of ${plural(count, "large file")} (Git LFS) that the commits name is neither here nor in the workspace. If a server has it: git ${at(inside)}lfs fetch`;
