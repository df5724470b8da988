// What is wanted of the mount, and why it was closed for good: it outlives sshfs, the keeper and the host's next boot.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod/mini";
import { readJson, writeJson } from "../../io/json-file.ts";
import type { Paths } from "../paths.ts";

const wishSchema = z.object({ readOnly: z.boolean() });

/** The workspaces shall be mounted: from the first mount to `unmount` or `stop`. */
export type Wish = z.infer<typeof wishSchema>;

const closedSchema = z.object({
  /** breach: the VM broke the file protocol. lost: it was brought back too often. */
  kind: z.enum(["breach", "lost"]),
  /** In words of ours. */
  why: z.string(),
  /** ISO 8601. */
  at: z.string(),
});

export type Closed = z.infer<typeof closedSchema>;

const wishFile = (paths: Paths) => join(paths.state, "mount-wanted.json");
/** The guard writes it, too. */
export const closedFile = (paths: Paths): string => join(paths.state, "mount-closed.json");

export async function readWish(paths: Paths): Promise<Wish | undefined> {
  const parsed = wishSchema.safeParse(await readJson(wishFile(paths)).catch(() => undefined));
  return parsed.success ? parsed.data : undefined;
}

export const writeWish = (paths: Paths, wish: Wish): Promise<void> => writeJson(wishFile(paths), wish);

export const removeWish = (paths: Paths): Promise<void> => rm(wishFile(paths), { force: true });

/** Milliseconds in which an attempt under way learns of `unmount`, which waits for it. */
const NOTICE = 200;

/** A signal that is aborted with the other one, or as soon as the mount is not wanted any more. */
export function whileWanted(paths: Paths, signal: AbortSignal): { signal: AbortSignal; stop(): void } {
  const over = new AbortController();
  const timer = setInterval(async () => {
    if ((await readWish(paths)) === undefined) over.abort();
  }, NOTICE);
  return { signal: AbortSignal.any([signal, over.signal]), stop: () => clearInterval(timer) };
}

/** A note that is there and cannot be read stands for the worst. */
const UNREADABLE: Closed = { kind: "breach", why: "its note cannot be read", at: "" };

export async function readClosed(paths: Paths): Promise<Closed | undefined> {
  const content = await readJson(closedFile(paths)).catch(() => UNREADABLE);
  if (content === undefined) return undefined;
  const parsed = closedSchema.safeParse(content);
  return parsed.success ? parsed.data : UNREADABLE;
}

export const writeClosed = (paths: Paths, closed: Closed): Promise<void> =>
  writeJson(closedFile(paths), closed);

export const removeClosed = (paths: Paths): Promise<void> => rm(closedFile(paths), { force: true });
