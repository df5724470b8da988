// What has come of a pack whose transfer broke off: a private file of the host with a note of what it is a part of.
import { createHash } from "node:crypto";
import { lstat, mkdir, rm, utimes } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod/mini";
import type { Context } from "../../../context.ts";
import { readJson, writeJson } from "../../../io/json-file.ts";
import { PREFIX, packPlace } from "../pack.ts";
import { OID } from "../parse.ts";

/** The pack that a part belongs to. */
const wholeSchema = z.strictObject({
  /** The checksum at its end, as the guest says: to ask for it again. */
  name: z.string().check(z.regex(/^[0-9a-f]{40}$/)),
  bytes: z.int().check(z.positive()),
  /** What was asked for with it. */
  make: z.array(
    z.strictObject({ ref: z.string().check(z.startsWith("refs/")), oid: z.string().check(z.regex(OID)) }),
  ),
  /** Of a save: the time that its commits have. */
  seconds: z.exactOptional(z.int()),
});
export type Whole = z.infer<typeof wholeSchema>;

export interface Part {
  directory: string;
  file: string;
  /** How many bytes are here; 0 without `whole`. */
  bytes: number;
  whole: Whole | undefined;
}

const NOTE = "part.json";

/** Its place; one for each key, so that a workspace never leaves more than one. A part that nothing is known of goes. */
export async function partOf(ctx: Context, key: readonly string[]): Promise<Part> {
  const name = createHash("sha256").update(JSON.stringify(key)).digest("hex").slice(0, 32);
  const directory = join(await packPlace(ctx), `${PREFIX}home-${name}`);
  const file = join(directory, "part");
  const { data: whole } = wholeSchema.safeParse(await readJson(join(directory, NOTE)).catch(() => undefined));
  const found = await lstat(file).catch(() => undefined);
  if (whole !== undefined && found?.isFile() && found.size <= whole.bytes) {
    await utimes(directory, new Date(), new Date());
    return { directory, file, bytes: found.size, whole };
  }
  const fresh = { directory, file, bytes: 0, whole: undefined };
  await dropPart(fresh);
  return fresh;
}

/** Before its first byte is written: a killed command's part has its note. */
export async function notePart({ directory }: Part, whole: Whole): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeJson(join(directory, NOTE), whole);
}

export const dropPart = ({ directory }: Pick<Part, "directory">): Promise<void> =>
  rm(directory, { recursive: true, force: true });
