// What we remember of the keeper: enough to tell its process from any other, and where it can be asked.
import { join } from "node:path";
import * as z from "zod/mini";
import { readJson, writeJson } from "../../io/json-file.ts";
import { alive } from "../../io/lock.ts";
import type { Paths } from "../paths.ts";

const schema = z.object({
  pid: z.int().check(z.minimum(2)),
  started: z.string().check(z.minLength(1)),
  /** The program that it runs: another one after an upgrade. */
  program: z._default(z.string(), ""),
});

export type KeeperRecord = z.infer<typeof schema>;

const fileOf = (paths: Paths) => join(paths.state, "keeper.json");

/** Where commands ask the keeper, and where the connection into the VM brings its requests: both for the user alone. */
export const controlSocket = (paths: Paths): string => join(paths.sockets, "keeper");
export const proxySocket = (paths: Paths): string => join(paths.sockets, "credentials");
/** Where the relay before the host's own proxy listens. */
export const relaySocket = (paths: Paths): string => join(paths.sockets, "proxy");
export const keeperLock = (paths: Paths): string => join(paths.state, "locks", "keeper");
/** Held by the keeper for its whole life: there is never a second one. */
export const keeperLife = (paths: Paths): string => join(paths.state, "locks", "keeper-life");
export const keeperLog = (paths: Paths): string => join(paths.logs, "keeper.log");
export const credentialsLog = (paths: Paths): string => join(paths.logs, "credentials.log");

export const proxyLog = (paths: Paths): string => join(paths.logs, "proxy.log");

export const programOf = (self: readonly string[]): string => self.at(-1) ?? "";

/** The keeper that lives now; undefined when there is none, or one whose number a stranger has by now. */
export async function livingKeeper(paths: Paths): Promise<KeeperRecord | undefined> {
  const parsed = schema.safeParse(await readJson(fileOf(paths)).catch(() => undefined));
  return parsed.success && (await alive(parsed.data)) ? parsed.data : undefined;
}

export const writeKeeperRecord = (paths: Paths, record: KeeperRecord): Promise<void> =>
  writeJson(fileOf(paths), record);
