// Sentences about large files (Git LFS) that several places say. Pure.
import { plural } from "../sync/words.ts";

export const notHere = (count: number): string =>
  `The content of ${plural(count, "large file")} (Git LFS) is not on this host: the workspace keeps the pointer. Get it with: git lfs fetch; then push again.`;

export const noGitLfsInVm = (branch: string): string =>
  `git-lfs is not in the VM: large files are pointers in the workspace. Install it with agent-vm upgrade, then: agent-vm push ${branch}`;

export const nowhere = (count: number): string =>
  `The content of ${plural(count, "large file")} (Git LFS) that the commits name is neither here nor in the workspace. If a server has it: git lfs fetch`;
