// A pack with its index of just what a workspace needs, made in a private place of the host.
import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { git, LARGE_FILES_AS_THEY_ARE } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import type { Repository } from "../workspace/repository.ts";
import { showProgress } from "./git-progress.ts";
import { sumOf } from "./save/opaque.ts";

export interface Pack {
  /** As git names it, by its content. */
  name: string;
  file: string;
  index: string;
  bytes: number;
  indexBytes: number;
  /** SHA-1 of each whole file, hexadecimal: against damage on the way, or later on the guest's disk. */
  sum: string;
  indexSum: string;
}

/** Where git puts the two. */
export const packFiles = (directory: string, name: string): Pick<Pack, "file" | "index"> => ({
  file: join(directory, `pack-${name}.pack`),
  index: join(directory, `pack-${name}.idx`),
});

/** A path in a list of git's that colons separate. */
const quotedPath = (path: string): string =>
  `"${path.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;

/** What the directories of packs begin with: those of killed commands are swept away by it. */
export const PREFIX = "ship-";
const DAY = 24 * 60 * 60 * 1000;

/** Where packs lie on their way. What a command left there goes after a day. */
export async function packPlace(ctx: Context): Promise<string> {
  const parent = join(ctx.paths.state, "tmp");
  await mkdir(parent, { recursive: true, mode: 0o700 });
  for (const name of await readdir(parent)) {
    const found = await stat(join(parent, name)).catch(() => undefined);
    if (name.startsWith(PREFIX) && found && found.mtimeMs < Date.now() - DAY) {
      await rm(join(parent, name), { recursive: true, force: true });
    }
  }
  return parent;
}

/** Runs `work` with a directory that is removed afterwards; what a killed command left behind goes after a day. */
export async function withScratch<T>(ctx: Context, work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(await packPlace(ctx), PREFIX));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/**
 * Packs everything that is reachable from `tips` and not from `has`; undefined when that is nothing. What the
 * repository already has compressed is taken as it is. Throws ToolError when an object is missing or damaged.
 */
export async function makePack(
  ctx: Context,
  repository: Pick<Repository, "directory" | "commonDir">,
  what: {
    tips: readonly string[];
    has: readonly string[];
    /** Commits at which the history of whoever gets it ends: what lies behind them does not count as reachable. */
    ends?: readonly string[];
    directory: string;
  },
  onLine: (line: string) => void,
): Promise<Pack | undefined> {
  const { tips, has, ends = [], directory } = what;
  const list = [...ends.map((oid) => `--shallow ${oid}`), ...tips, ...has.map((oid) => `^${oid}`)];
  const input = list.map((line) => `${line}\n`).join("");
  const pins = [
    ...LARGE_FILES_AS_THEY_ARE,
    "-c",
    "pack.packSizeLimit=0",
    "-c",
    "pack.writeReverseIndex=false",
  ];
  const options = ["--revs", "--delta-base-offset", "--non-empty", "--progress"];
  const args = [...pins, "pack-objects", ...options, join(directory, "pack")];
  // git writes where its own objects lie and renames at the end, which cannot be done into another file system.
  const aside = join(directory, "objects");
  await mkdir(join(aside, "pack"), { recursive: true });
  const { stdout } = await git(ctx, repository.directory, args, {
    input,
    onLine: showProgress(onLine),
    env: {
      GIT_NO_REPLACE_OBJECTS: "1",
      GIT_OBJECT_DIRECTORY: aside,
      GIT_ALTERNATE_OBJECT_DIRECTORIES: quotedPath(join(repository.commonDir, "objects")),
    },
  });
  const name = stdout.trim();
  if (name === "") return undefined;
  const { file, index } = packFiles(directory, name);
  onLine("summing it up");
  const sizes = { bytes: (await stat(file)).size, indexBytes: (await stat(index)).size };
  return {
    name,
    file,
    index,
    ...sizes,
    sum: await sumOf(file, "sha1"),
    indexSum: await sumOf(index, "sha1"),
  };
}
