// What we remember of the sshfs that we started: enough to tell it from any other process.
import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod/mini";
import type { SshfsLine } from "../../adapters/sshfs.ts";
import { readJson, writeJson } from "../../io/json-file.ts";
import type { Paths } from "../paths.ts";

const schema = z.object({
  /** sshfs, which leads a process group with its ssh in it. */
  pid: z.int().check(z.minimum(2)),
  started: z.string().check(z.minLength(1)),
  /** A hash of the argument list: a mount made with other options is not the one we would make. */
  line: z.string(),
  readOnly: z._default(z.boolean(), false),
});

export type MountRecord = z.infer<typeof schema>;

const fileOf = (paths: Paths) => join(paths.state, "mount.json");

/** Undefined when there is none or it is damaged: the mount is then one of unknown making. */
export async function readMountRecord(paths: Paths): Promise<MountRecord | undefined> {
  const content = await readJson(fileOf(paths)).catch(() => undefined);
  const parsed = schema.safeParse(content);
  return parsed.success ? parsed.data : undefined;
}

export const writeMountRecord = (paths: Paths, record: MountRecord): Promise<void> =>
  writeJson(fileOf(paths), record);

export const removeMountRecord = (paths: Paths): Promise<void> => rm(fileOf(paths), { force: true });

export const hashLine = ({ argv, env }: SshfsLine): string =>
  createHash("sha256")
    .update([...argv, ...Object.values(env)].join("\0"))
    .digest("hex")
    .slice(0, 16);
