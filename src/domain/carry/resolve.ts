// Which files of the host a grant means: ignored, untracked, inside the repository and reached by no link.
import { createHash } from "node:crypto";
import { git } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { sizeText } from "../consent.ts";
import { hidesCharacters, isDisguisedGit } from "../customs/odd-names.ts";
import { workTreeOf } from "../workspace/work-tree.ts";
import { pathspecs, plainPart } from "./patterns.ts";
import { type Obstacle, obstacleAt, readBelow, sizeAt } from "./read-file.ts";

export interface CarriedFile {
  /** Below the worktree's top, with "/" between names. */
  path: string;
  mode: number;
  bytes: Buffer;
  sha256: string;
}

export interface Refused {
  path: string;
  why: string;
}

/** What a list of patterns means in one worktree. */
export interface Matches {
  /** The worktree's real path. */
  top: string;
  paths: string[];
  refused: Refused[];
}

const MAX_FILES = 1000;
const MiB = 1024 * 1024;

const WORDS: Record<Obstacle, string> = {
  missing: "it is gone",
  link: "it is a link, or lies behind one",
  special: "it is no ordinary file",
  directory: "it is a directory",
  "another repository": "it lies in another repository",
  "cannot be read": "it cannot be read",
};

/** The ignored files of the worktree around `directory` that the patterns name; nothing is read yet. */
export async function matchesOf(
  ctx: Context,
  directory: string,
  patterns: readonly string[],
): Promise<Matches> {
  const { top = directory } = await workTreeOf(ctx, directory);
  const [ignored, visible] = [
    await others(ctx, top, ["--ignored"], patterns),
    await others(ctx, top, [], patterns),
  ];
  const refused = await behindLinks(top, patterns);
  const paths: string[] = [];
  // More are refused anyway; a pattern may mean a directory of packages.
  for (const path of ignored.slice(0, MAX_FILES + 1)) {
    const why = await objection(top, path);
    if (why === undefined) paths.push(path);
    else refused.push({ path: path.replace(/\/$/, ""), why });
  }
  for (const path of visible) refused.push({ path, why: "git does not ignore it here" });
  return { top, paths, refused: refused.filter(isFirst) };
}

const isFirst = ({ path }: Refused, at: number, all: readonly Refused[]): boolean =>
  all.findIndex((one) => one.path === path) === at;

/** Files that git does not track, as text; one whose name is no text keeps U+FFFD in it. */
async function others(
  ctx: Context,
  top: string,
  which: readonly string[],
  patterns: readonly string[],
): Promise<string[]> {
  const args = ["ls-files", "-z", "--others", ...which, "--exclude-standard", "--", ...pathspecs(patterns)];
  const { stdout } = await git(ctx, top, args);
  return stdout.split("\0").filter(Boolean);
}

/** Where a pattern's own words lead through a link, or into another repository: git lists nothing there. */
async function behindLinks(top: string, patterns: readonly string[]): Promise<Refused[]> {
  const found: Refused[] = [];
  for (const pattern of patterns) {
    const plain = plainPart(pattern);
    const obstacle = plain === "" ? undefined : await obstacleAt(top, `${plain}/x`);
    if (obstacle === "link" || obstacle === "another repository")
      found.push({ path: plain, why: WORDS[obstacle] });
  }
  return found;
}

async function objection(top: string, path: string): Promise<string | undefined> {
  // git names another repository as one directory.
  if (path.endsWith("/")) return WORDS["another repository"];
  const bytes = Buffer.from(path).toString("latin1");
  if (path.includes("\ufffd") || hidesCharacters(bytes)) return "its name has characters that cannot be told";
  if (isDisguisedGit(bytes)) return "its name may mean git's own files";
  const obstacle = await obstacleAt(top, path);
  return obstacle && WORDS[obstacle];
}

/** Reads the files. Throws UserError (4) when they are too many or too large: then none is carried. */
export async function readAll(
  ctx: Context,
  { top, paths }: Pick<Matches, "top" | "paths">,
): Promise<{ files: CarriedFile[]; refused: Refused[] }> {
  const most = ctx.settings.workspace.carry_limit * MiB;
  await refuseLarge(top, paths, most);
  const files: CarriedFile[] = [];
  const refused: Refused[] = [];
  let left = most;
  for (const path of paths) {
    const found = await readBelow(top, path, left);
    if (typeof found === "string") refused.push({ path, why: WORDS[found] });
    else {
      left -= found.bytes.length;
      files.push({ path, ...found, sha256: sha256(found.bytes) });
    }
  }
  return { files, refused };
}

export const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

async function refuseLarge(top: string, paths: readonly string[], most: number): Promise<void> {
  if (paths.length > MAX_FILES) {
    throw new UserError(`workspace.carry means more than ${MAX_FILES} files, so none was carried.`, {
      hint: "Narrow its patterns: agent-vm config edit; packages and builds are better made in the VM.",
      exit: EXIT.refused,
    });
  }
  const sizes = await Promise.all(paths.map(async (path) => ({ path, size: await sizeAt(top, path) })));
  const all = sizes.reduce((sum, { size }) => sum + size, 0);
  if (all <= most) return;
  const largest = sizes.sort((one, other) => other.size - one.size).slice(0, 3);
  throw new UserError(
    `The files that workspace.carry means are larger than ${sizeText(most)} together, so none was carried.`,
    {
      details: largest.map(({ path, size }) => `${sizeText(size)}: ${sanitize(path)}`),
      hint: "Raise it (MiB, up to 256), or narrow the patterns: agent-vm config set workspace.carry_limit 64",
      exit: EXIT.refused,
    },
  );
}
