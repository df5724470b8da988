// Where a workspace's submodule lies, in the spellings that git, a url and its own files want. Pure.

/** From a submodule's files to its git directory: what its file `.git` names. */
export const wayToGitDir = (path: string, gitDir: string): string => `${up(path)}${gitDir}`;

/** From its git directory to its files: its core.worktree. */
export const wayToFiles = (path: string, gitDir: string): string => `${up(gitDir)}${path}`;

const up = (path: string): string => "../".repeat(path.split("/").length);

/**
 * A git directory below a workspace's as part of a url: git takes the escapes back. Without them "=" would end a key of
 * `git -c`, and "?" or "%" mean something else.
 */
export const inUrl = (dir: string, gitDir: string): string =>
  `${dir}/${gitDir.split("/").map(escaped).join("/")}`;

const escaped = (part: string): string =>
  encodeURIComponent(part).replace(/[!'()*~]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
