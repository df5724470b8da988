// What was carried into a workspace, as the host knows it: what the guest says of it is only a claim.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "../../context.ts";
import { readJson, writeJson } from "../../io/json-file.ts";

export interface SentFile {
  path: string;
  /** Of what was sent. */
  sha256: string;
  bytes: number;
}

export interface Carried {
  version: 1;
  /** The worktree that they came from. */
  top: string;
  files: SentFile[];
  /** What had been changed in the VM and gave way: it lies there under these paths. */
  kept: string[];
}

const fileOf = (ctx: Pick<Context, "paths">, dir: string): string =>
  join(ctx.paths.state, "carried", `${dir}.json`);

/** Undefined when nothing was, also for a record that cannot be read: the files are then work like any other. */
export async function carriedInto(ctx: Pick<Context, "paths">, dir: string): Promise<Carried | undefined> {
  const found = (await readJson(fileOf(ctx, dir)).catch(() => undefined)) as Carried | undefined;
  return isCarried(found) ? found : undefined;
}

const isText = (value: unknown): value is string => typeof value === "string";

const isCarried = (found: Carried | undefined): found is Carried =>
  found?.version === 1 &&
  isText(found.top) &&
  Array.isArray(found.kept) &&
  found.kept.every(isText) &&
  Array.isArray(found.files) &&
  found.files.every(({ path, sha256, bytes }) => isText(path) && isText(sha256) && Number.isInteger(bytes));

export const noteCarried = (ctx: Pick<Context, "paths">, dir: string, carried: Carried): Promise<void> =>
  writeJson(fileOf(ctx, dir), carried);

/** The workspace is gone, or made anew. */
export const forgetCarried = (ctx: Pick<Context, "paths">, dir: string): Promise<void> =>
  rm(fileOf(ctx, dir), { force: true });
