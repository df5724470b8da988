// Large files (Git LFS): set up on both sides, and which content a repository's store holds.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { configIn, setUpLfs } from "../integration/large-files.ts";
import { blobId } from "./files.ts";
import { gitDirOf } from "./places.ts";

/** Below a directory of their own: the rule there outlives what the steps write into the one at the top. */
export const LARGE_NAMES = ["large/one.bin", "large/two.bin", "large/sp ace.bin"];
export const LARGE_RULE = "large/.gitattributes";
export const LARGE_RULE_TEXT = "*.bin filter=lfs diff=lfs merge=lfs -text\n";

export const hasGitLfs = (): boolean => spawnSync("git-lfs", ["version"], { stdio: "ignore" }).status === 0;

export const setUpGitLfs = (home: string): void => setUpLfs(configIn(home));

const storeOf = (directory: string) => join(gitDirOf(directory), "lfs/objects");

/** The id of the pointer that names a content → the id of the content, both as git's blobs; only what is undamaged. */
export const largeIn = (directory: string): Map<string, string> => largeOf(storeOf(directory));

/** The same of a store that lies anywhere; with `named`, only objects of these SHA-256. */
export function largeOf(store: string, named?: ReadonlySet<string>): Map<string, string> {
  const found = new Map<string, string>();
  if (!existsSync(store)) return found;
  for (const entry of readdirSync(store, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || named?.has(entry.name) === false) continue;
    const bytes = readFileSync(join(entry.parentPath, entry.name));
    const sum = createHash("sha256").update(bytes).digest("hex");
    if (sum === entry.name) found.set(blobId(Buffer.from(pointerTo(sum, bytes.length))), blobId(bytes));
  }
  return found;
}

const pointerTo = (sum: string, size: number) =>
  `version https://git-lfs.github.com/spec/v1\noid sha256:${sum}\nsize ${size}\n`;

/** Files of a tree that are a pointer where the content should be. */
export function pointersIn(directory: string): string[] {
  return LARGE_NAMES.filter((name) => {
    const path = join(directory, name);
    try {
      return readFileSync(path, "latin1").startsWith("version https://git-lfs");
    } catch {
      return false;
    }
  });
}
