// What decides what a built image is: the recipe, the architecture and where the packages come from.
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "../../context.ts";
import { debianArch } from "./lima-image.ts";

type Host = Pick<Context, "programDir" | "arch" | "env">;

export const recipeDirectory = (host: Pick<Host, "programDir">): string =>
  join(host.programDir, "lima", "image");

/** Debian's archive, without a slash at its end. */
export const mirror = (host: Pick<Host, "env">): string =>
  (host.env["AGENT_VM_DEBIAN_MIRROR"] ?? "http://deb.debian.org/debian").replace(/\/+$/, "");

/** Names the cache entry: another recipe, architecture or mirror is another image. */
export async function inputsHash(host: Host): Promise<string> {
  const hash = createHash("sha256");
  hash.update(`${debianArch(host.arch)}\n${mirror(host)}\n`);
  const directory = recipeDirectory(host);
  for (const name of (await readdir(directory)).sort()) {
    hash.update(`${name}\n`).update(await readFile(join(directory, name)));
  }
  return hash.digest("hex").slice(0, 16);
}
