// Copies under way, noted on this host: what a killed one left beside its destination is cleared by the next one.
import { randomBytes } from "node:crypto";
import { lstat, mkdir, readdir, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, join } from "node:path";
import * as z from "zod/mini";
import type { Context } from "../../context.ts";
import { readJson, writeJson } from "../../io/json-file.ts";
import { alive, thisProcess } from "../../io/lock.ts";

const MARK = /^[0-9a-f]{16}$/;
const mark = z.string().check(z.regex(MARK));

/** In the VM: below the destination or beside it, as the program there decides. */
const guestSchema = z.object({ dir: z.string(), to: z.string(), mark });

const noteSchema = z.object({
  pid: z.int().check(z.minimum(2)),
  started: z.string().check(z.minLength(1)),
  /** Processes of another host that shares this directory cannot be seen from here. */
  hostname: z.string(),
  /** A directory of this host. */
  stage: z.exactOptional(z.string()),
  guest: z.exactOptional(guestSchema),
});

export type GuestStage = z.infer<typeof guestSchema>;

type Host = Pick<Context, "paths" | "uid">;

type Where = { stage: string } | { guest: GuestStage };

export const newMark = (): string => randomBytes(8).toString("hex");

const PREFIX = ".agent-vm-cp.";

const notesOf = ({ paths }: Host) => join(paths.state, "copies");

/** To be called before anything is there; gives what takes the note away, when nothing is there any more. */
async function note(host: Host, id: string, where: Where): Promise<() => Promise<void>> {
  const file = join(notesOf(host), `${id}.json`);
  await writeJson(file, { ...(await thisProcess()), hostname: hostname(), ...where });
  return () => rm(file, { force: true });
}

export const noteGuestStage = (host: Host, stage: GuestStage): Promise<() => Promise<void>> =>
  note(host, stage.mark, { guest: stage });

/** A new directory in `base`, for this process alone; what killed ones left anywhere on this host goes first. */
export async function makeNotedDirectory(
  host: Host,
  base: string,
): Promise<{ directory: string; remove(): Promise<void> }> {
  await clearHostStages(host);
  const id = newMark();
  const directory = join(base, `${PREFIX}${id}`);
  const forget = await note(host, id, { stage: directory });
  try {
    await mkdir(directory, { mode: 0o700 });
  } catch (error) {
    await forget();
    throw error;
  }
  const remove = async () => {
    await rm(directory, { recursive: true, force: true });
    await forget();
  };
  return { directory, remove };
}

interface Left {
  where: Where;
  forget(): Promise<void>;
}

/** Notes of processes that are gone. One that is damaged says nothing, and stays. */
async function leftBehind(host: Host): Promise<Left[]> {
  const files = await readdir(notesOf(host)).catch(() => []);
  const found = files.map(async (name): Promise<Left[]> => {
    if (!name.endsWith(".json")) return [];
    const file = join(notesOf(host), name);
    const parsed = noteSchema.safeParse(await readJson(file).catch(() => undefined));
    if (!parsed.success || parsed.data.hostname !== hostname() || (await alive(parsed.data))) return [];
    const { stage, guest } = parsed.data;
    const forget = () => rm(file, { force: true });
    return [
      ...(stage === undefined ? [] : [{ where: { stage }, forget }]),
      ...(guest === undefined ? [] : [{ where: { guest }, forget }]),
    ];
  });
  return (await Promise.all(found)).flat();
}

async function clearHostStages(host: Host): Promise<void> {
  for (const { where, forget } of await leftBehind(host)) {
    if (!("stage" in where)) continue;
    // One that cannot be cleared now is tried again by the next copy.
    if (await clearStage(where.stage, host.uid).catch(() => false)) await forget();
  }
}

/** Only what has the name and form of ours: nothing is followed, and what others put there is left. */
async function clearStage(stage: string, uid: number): Promise<boolean> {
  const name = basename(stage);
  if (!name.startsWith(PREFIX) || !MARK.test(name.slice(PREFIX.length))) return true;
  const seen = await lstat(stage).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw error;
  });
  if (seen?.isDirectory() && seen.uid === uid) await rm(stage, { recursive: true, force: true });
  return true;
}

/** More than a few at once would be a long command line; the next copy clears the rest. */
const MOST = 20;

/** What killed copies may have left in the VM, and what is to be called when the VM has cleared it. */
export async function guestLeftBehind(
  host: Host,
): Promise<{ stages: GuestStage[]; forget(): Promise<void> }> {
  const all = (await leftBehind(host)).flatMap(({ where, forget }) =>
    "guest" in where ? [{ stage: where.guest, forget }] : [],
  );
  const some = all.slice(0, MOST);
  return {
    stages: some.map(({ stage }) => stage),
    forget: async () => {
      for (const { forget } of some) await forget();
    },
  };
}
