// The cache of images: an entry counts only when its manifest, written last, fits every file.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import * as z from "zod/mini";
import type { Context } from "../../context.ts";

type Host = Pick<Context, "paths">;

const manifestSchema = z.object({
  created: z.string(),
  files: z.record(z.string(), z.object({ size: z.number(), sha256: z.optional(z.string()) })),
});

const MANIFEST = "manifest.json";

export const imagesDirectory = (host: Host): string => join(host.paths.cache, "images");

/** Directory of a whole entry; undefined when there is none or a file of it is missing or has another size. */
export async function findCached(host: Host, name: string): Promise<string | undefined> {
  const directory = join(imagesDirectory(host), name);
  try {
    const manifest = manifestSchema.parse(JSON.parse(await readFile(join(directory, MANIFEST), "utf8")));
    for (const [file, { size }] of Object.entries(manifest.files)) {
      if ((await stat(join(directory, file))).size !== size) return undefined;
    }
    return directory;
  } catch {
    return undefined;
  }
}

/** Names of the files that were made; `digest: false` leaves their checksums out, which take long for a large one. */
export interface Filled {
  files: readonly string[];
  digest: boolean;
}

/** Lets `fill` make the files of an entry in a draft directory and puts it in place, whole. Returns the directory. */
export async function addToCache(
  host: Host,
  name: string,
  fill: (draft: string) => Promise<Filled>,
): Promise<string> {
  const parent = imagesDirectory(host);
  await mkdir(parent, { recursive: true, mode: 0o755 });
  const draft = await mkdtemp(join(parent, ".draft-"));
  try {
    // The account that runs QEMU reads it.
    await chmod(draft, 0o755);
    await writeManifest(draft, await fill(draft));
    const target = join(parent, name);
    await rm(target, { recursive: true, force: true });
    await rename(draft, target);
    return target;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function writeManifest(draft: string, { files, digest }: Filled): Promise<void> {
  const entries = [];
  for (const file of files) {
    const path = join(draft, file);
    await chmod(path, 0o644);
    const { size } = await stat(path);
    entries.push([file, { size, ...(digest && { sha256: await sha256(path) }) }] as const);
  }
  const manifest = { created: new Date().toISOString(), files: Object.fromEntries(entries) };
  await writeFile(join(draft, MANIFEST), JSON.stringify(manifest, undefined, 2), { mode: 0o644 });
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
