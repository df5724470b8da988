// The identity of a host repository: random, kept in its own configuration, known to the shared state.
import { randomBytes } from "node:crypto";
import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { query } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { ToolError, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { writeJson } from "../../io/json-file.ts";
import { withLock } from "../../io/lock.ts";
import { readStore, unreadable } from "./store.ts";

const KEY = "agent-vm.id";
const ID = /^[0-9a-f]{32}$/;

/** id → the common git directory that was last seen with it. */
type Known = Record<string, string>;

interface File {
  version: 1;
  repositories: Known;
}

const storePath = (ctx: Context) => join(ctx.paths.sharedState, "repositories.json");

/** Where the repository with this id was last seen; undefined when it is unknown. */
export async function lastSeen(ctx: Context, id: string): Promise<string | undefined> {
  return (await readKnown(ctx))[id];
}

/**
 * The repository's id. Linked worktrees share it and a moved repository keeps it, because it lies in the common git
 * directory; a copy, whose original still exists with the same id, gets one of its own.
 */
export async function repositoryId(ctx: Context, commonDir: string): Promise<string> {
  const here = await realpath(commonDir);
  const written = await writtenId(ctx, here);
  const known = await readKnown(ctx);
  if (written !== undefined && known[written] === here) return written;
  const lock = join(ctx.paths.sharedState, "locks", "repositories.lock");
  const options = { command: ctx.commandLine, signal: ctx.signal, patience: 30_000 };
  return withLock(lock, options, () => identify(ctx, here));
}

async function identify(ctx: Context, here: string): Promise<string> {
  const written = await writtenId(ctx, here);
  const known = await readKnown(ctx);
  const original = written === undefined ? undefined : known[written];
  const copied = original !== undefined && original !== here && (await writtenId(ctx, original)) === written;
  const id = written === undefined || copied ? randomBytes(16).toString("hex") : written;
  if (id !== written) await write(ctx, here, id);
  await writeJson(storePath(ctx), { version: 1, repositories: { ...known, [id]: here } } satisfies File);
  return id;
}

/** The id in a common git directory's configuration; undefined when there is none or it is not one of ours. */
async function writtenId(ctx: Context, commonDir: string): Promise<string | undefined> {
  try {
    const id = await query(ctx, "/", ["config", "--file", join(commonDir, "config"), "--get", KEY]);
    return ID.test(id) ? id : undefined;
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
