// The identity of a host repository: random, kept in its own configuration, known to the shared state.
import { randomBytes } from "node:crypto";
import { realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { namedGitDirectory, query } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { ToolError, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { writeJson } from "../../io/json-file.ts";
import { withLock } from "../../io/lock.ts";
import { readStore, unreadable } from "./store.ts";

const KEY = "agent-vm.id";
const ID = /^[0-9a-f]{32}$/;

/** A random id as this file makes them; it is used in paths of the state directory. */
export const isRepositoryId = (text: string): boolean => ID.test(text);

/** id → the common git directory that was last seen with it. */
type Known = Record<string, string>;

interface File {
  version: 1;
  repositories: Known;
}

const storePath = (ctx: Context) => join(ctx.paths.sharedState, "repositories.json");

/**
 * The common git directory of the repository with this id; undefined when it is not where it was seen last. A clone
 * that was made in the place of a deleted one is another repository.
 */
export async function lastSeen(ctx: Context, id: string): Promise<string | undefined> {
  const place = (await readKnown(ctx))[id];
  return place !== undefined && (await writtenId(ctx, place)) === id ? namedGitDirectory(place) : undefined;
}

/** The id that a common git directory was last seen with; git has not been asked whether it still has it. */
export async function rememberedId(ctx: Context, place: string): Promise<string | undefined> {
  return Object.entries(await readKnown(ctx)).findLast(([, known]) => known === place)?.[0];
}

/**
 * Notes where a repository lies that has an id already; gives a new one to nobody. For commands that ask about all
 * repositories, when the one around them was moved.
 */
export async function noticeMove(ctx: Context, commonDir: string): Promise<void> {
  const here = await realpath(commonDir);
  const written = await writtenId(ctx, here);
  if (written !== undefined && (await readKnown(ctx))[written] !== undefined) await repositoryId(ctx, here);
}

/**
 * The repository's id. Linked worktrees share it and a moved repository keeps it, because it lies in the common git
 * directory; a copy, whose original still exists with the same id, gets one of its own. `claimed`: claimedId() of a
 * directory in it.
 */
export async function repositoryId(
  ctx: Context,
  commonDir: string,
  claimed?: Promise<string | undefined>,
): Promise<string> {
  const here = await realpath(commonDir);
  const [written, known] = await Promise.all([claimed ?? writtenId(ctx, here), readKnown(ctx)]);
  if (written !== undefined && known[written] === here) return written;
  const lock = join(ctx.paths.sharedState, "locks", "repositories.lock");
  const options = { command: ctx.commandLine, signal: ctx.signal, patience: 30_000 };
  return withLock(lock, options, () => identify(ctx, here));
}

async function identify(ctx: Context, here: string): Promise<string> {
  const written = await writtenId(ctx, here);
  const known = await readKnown(ctx);
  const original = written === undefined ? undefined : known[written];
  const copied =
    original !== undefined &&
    (await writtenId(ctx, original)) === written &&
    !(await sameDirectory(original, here));
  const id = written === undefined || copied ? randomBytes(16).toString("hex") : written;
  if (id !== written) await write(ctx, here, id);
  await writeJson(storePath(ctx), { version: 1, repositories: { ...known, [id]: here } } satisfies File);
  return id;
}

/** Two paths of one directory: another spelling where case does not count, a bind mount. */
async function sameDirectory(one: string, other: string): Promise<boolean> {
  if (one === other) return true;
  const [first, second] = await Promise.all([stat(one), stat(other)]);
  return first.dev === second.dev && first.ino === second.ino;
}

/**
 * The id of the repository around a directory, for whoever asks while the repository is still being looked for;
 * undefined when there is none.
 */
export async function claimedId(ctx: Context, directory: string): Promise<string | undefined> {
  const args = ["config", "--local", "--no-includes", "--get", KEY];
  const id = await query(ctx, directory, args).catch(() => "");
  return isRepositoryId(id) ? id : undefined;
}

/** The id in a common git directory's configuration; undefined when there is none or it is not one of ours. */
async function writtenId(ctx: Context, commonDir: string): Promise<string | undefined> {
  try {
    const id = await query(ctx, "/", ["config", "--file", join(commonDir, "config"), "--get", KEY]);
    return isRepositoryId(id) ? id : undefined;
  } catch (error) {
    if (error instanceof ToolError) return undefined;
    throw error;
  }
}

async function write(ctx: Context, commonDir: string, id: string): Promise<void> {
  try {
    await query(ctx, "/", ["config", "--file", join(commonDir, "config"), "--replace-all", KEY, id]);
  } catch (cause) {
    if (!(cause instanceof ToolError)) throw cause;
    throw new UserError(`The configuration of the repository ${sanitize(commonDir)} cannot be written.`, {
      details: cause.failure.stderrTail.split("\n").filter(Boolean),
      hint: "agent-vm keeps the repository's id there; make the file writable for you.",
      cause,
    });
  }
}

async function readKnown(ctx: Context): Promise<Known> {
  const path = storePath(ctx);
  const file = (await readStore(path)) as File | undefined;
  if (file === undefined) return {};
  if (file.version !== 1 || typeof file.repositories !== "object") throw unreadable(path);
  return file.repositories;
}
