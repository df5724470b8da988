// Repositories with large files (Git LFS): set up as `git lfs install` does it, and where the content of one lies.
import { createHash } from "node:crypto";
import { appendFileSync } from "node:fs";
import { join } from "node:path";

const FILTER = `[filter "lfs"]
	clean = git-lfs clean -- %f
	smudge = git-lfs smudge -- %f
	process = git-lfs filter-process
	required = true
`;

/** What assigns it to every "*.bin". */
export const ATTRIBUTES = { ".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n" };

/** Into files of git's configuration: that of a repository, or of the guest's account (`git` takes no other HOME). */
export function setUpLfs(...configs: string[]): void {
  for (const file of configs) appendFileSync(file, FILTER);
}

export const configOf = (repository: string): string => join(repository, ".git/config");
export const configIn = (home: string): string => join(home, ".gitconfig");

export const idOf = (content: string | Uint8Array): string =>
  createHash("sha256").update(content).digest("hex");

/** Below a store, "…/lfs". */
export const placeOf = (id: string): string => join("objects", id.slice(0, 2), id.slice(2, 4), id);

/** The file of a git directory's own store that has this content. */
export const storedIn = (gitDir: string, text: string): string => join(gitDir, "lfs", placeOf(idOf(text)));
