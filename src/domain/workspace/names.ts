// Names of branches and of workspace directories. Pure.
import { createHash } from "node:crypto";
import { EXIT, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";

declare const branchBrand: unique symbol;
/** A branch name that git accepts; `refs/heads/<name>` is a valid reference. */
export type BranchName = string & { readonly [branchBrand]: true };

declare const dirBrand: unique symbol;
/** The name of a directory below `~/workspace`, safe in paths, urls, reference names and shell patterns. */
export type WorkspaceDir = string & { readonly [dirBrand]: true };

/** A file name may have 255 bytes and git adds ".lock". */
const MAX_COMPONENT = 250;

/** Our own part of the check; git's is the adapter's `isBranchName`. Says what is wrong, or undefined. */
export function branchProblem(text: string): string | undefined {
  if (text === "") return "it is empty";
  if (text.startsWith("-")) return "it begins with a dash";
  if (text === "HEAD") return "HEAD is not a branch";
  // What is left of bytes that are not UTF-8: two such branches would be one here.
  if (text.includes("\uFFFD")) return "it has bytes that are not UTF-8";
  const long = text.split("/").some((part) => Buffer.byteLength(part) > MAX_COMPONENT);
  return long ? `a part of it is longer than ${MAX_COMPONENT} bytes` : undefined;
}

const PLAIN = /^[A-Za-z0-9_]+(?:[-/][A-Za-z0-9_]+)*$/;

/** Words with a dash or a slash between them: most names are, and git need not be started to take them. */
export const isPlainBranchName = (text: string): boolean => PLAIN.test(text);

export function notABranch(text: string, why = "git does not accept it"): UserError {
  return new UserError(`"${sanitize(text)}" cannot be a branch's name: ${why}.`, {
    hint: "The rules are in: git help check-ref-format",
    exit: EXIT.usage,
  });
}

/** The one rule: what matches is safe wherever a directory's name is used. The guest's scripts check the same. */
const SAFE_DIR = /^(?!.*\.\.)[A-Za-z0-9](?:[A-Za-z0-9._-]{0,118}[A-Za-z0-9_-])?$/;
/** Ends that git or a file system could take for something else: `x` and `x.git` name one repository in a url. */
const SPECIAL_END = /\.(?:git|lock)$/i;
const HASHED = /\.[0-9a-f]{12}$/i;
const MAX_PLAIN = 100;

export const isWorkspaceDir = (text: string): text is WorkspaceDir =>
  SAFE_DIR.test(text) && !SPECIAL_END.test(text);

export interface Pair {
  /** The host repository's directory name. */
  repoName: string;
  repoId: string;
  branch: BranchName;
}

/**
 * The directory of a (repository, branch) pair: `<repo>-<branch>` when nothing is lost by that and `taken` does not
 * hold it, else a slug with 12 hexadecimal digits of the pair. `taken` compares without regard to case.
 */
export function workspaceDir(pair: Pair, taken: (dir: string) => boolean): WorkspaceDir {
  const plain = `${pair.repoName}-${pair.branch}`;
  const lossless = isWorkspaceDir(plain) && plain.length <= MAX_PLAIN && !HASHED.test(plain);
  if (lossless && !taken(plain)) return plain;
  const base = `${slug(pair.repoName, 40)}-${slug(pair.branch, 60)}`;
  // Whoever chooses a branch's name can look for one with the digits of another: then the next twelve.
  for (let again = 0; again < MAX_TRIES; again += 1) {
    const dir = `${base}.${digits(pair, again)}`;
    if (isWorkspaceDir(dir) && !taken(dir)) return dir;
  }
  throw new Error(`no free directory name for ${base}`);
}

const MAX_TRIES = 100;

function digits({ repoId, branch }: Pair, again: number): string {
  const text = `${repoId}\0${branch}${again === 0 ? "" : `\0${again}`}`;
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

function slug(text: string, max: number): string {
  const kept = text.replaceAll(/[^A-Za-z0-9_-]+/g, "-").replaceAll(/^[^A-Za-z0-9]+|-+$/g, "");
  return kept.slice(0, max) || "x";
}
