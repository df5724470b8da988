// Which detached forwards are wanted: a file that outlives the keeper and the host's next boot, as the mount's wish does.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod/mini";
import { readJson, writeJson } from "../../io/json-file.ts";
import type { Paths } from "../paths.ts";
import { type Forward, forwardSchema } from "./messages.ts";

const wantedSchema = z.array(z.object({ forward: forwardSchema, since: z.int() }));

/** A forward that no command holds, and the second since 1970 in which it was asked for. */
export type WantedForward = z.infer<typeof wantedSchema>[number];

const fileOf = (paths: Paths) => join(paths.state, "forwards-wanted.json");

/** None, too, when the file cannot be read. */
export async function readWantedForwards(paths: Paths): Promise<WantedForward[]> {
  const parsed = wantedSchema.safeParse(await readJson(fileOf(paths)).catch(() => undefined));
  return parsed.success ? parsed.data : [];
}

/** Writers take turns: the keeper while it lives, a command that holds the keeper's lock else. */
export const writeWantedForwards = (paths: Paths, wanted: readonly WantedForward[]): Promise<void> =>
  wanted.length === 0 ? removeWantedForwards(paths) : writeJson(fileOf(paths), wanted);

/** The VM stops, and with it what was forwarded. */
export const removeWantedForwards = (paths: Paths): Promise<void> => rm(fileOf(paths), { force: true });

export const isSameForward = (one: Forward, other: Forward): boolean =>
  one.kind === other.kind && one.host === other.host && one.guest === other.guest;
