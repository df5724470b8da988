// Where commits of a workspace's submodules lie on the host. Pure.
import { createHash } from "node:crypto";

/** The repository that takes a submodule's commits, and what its references begin with. */
export interface Home {
  /** Where git is asked. */
  directory: string;
  /** Where its objects are. */
  gitDir: string;
  /** `heads/` the submodule's branches in the workspace, `commits/` what only its HEAD or the superproject names. */
  refs: string;
}

/** In the host's clone of the submodule. */
export const inClone = (dir: string): string => `refs/agent-vm/${dir}/`;

/**
 * In the host's own repository, for a submodule that it has no clone of. A name of a submodule may be none for a
 * reference, and two may be as a file and a directory.
 */
export const besideOwn = (dir: string, name: string): string =>
  `refs/agent-vm/${dir}/submodules/${createHash("sha256").update(name).digest("hex").slice(0, 12)}/`;

/** The last commit that both sides had, by the workspace's branch; see syncedRef for the superproject's. */
export const syncedRefIn = ({ refs }: Pick<Home, "refs">, branch: string): string =>
  `${refs}synced/${branch}`;

/** The path of a url below ~/workspace; git takes the escapes back. */
export const guestPath = (dir: string, name: string): string =>
  `${dir}/.git/modules/${name.split("/").map(encodeURIComponent).join("/")}`;
