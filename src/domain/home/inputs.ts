// What the step 90-home needs: the agent's home as one archive, and how to unpack it.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { dirname } from "node:path/posix";
import type { GuestFile } from "../../adapters/sftp.ts";
import type { Context } from "../../context.ts";
import { additions } from "./additions.ts";
import { type HomeFile, readTree, refused } from "./files.ts";
import { gitConfig, gitIdentity } from "./identity.ts";

/** Last in the archive: whoever finds it has all that it lists. */
const SENTINEL = ".agent-vm-home";

/** Files below `home/`. The archive itself is made when it is sent; what it holds is told by the manifest's hash. */
export async function homeInputs(ctx: Context): Promise<GuestFile[]> {
  const common = (...parts: string[]) => join(ctx.programDir, "common", ...parts);
  const own = await additions(ctx);
  const files = merge([
    await readTree(common("homedir")),
    [
      made(".config/agent-vm/gitconfig", gitConfig(await gitIdentity(ctx))),
      made(".agent-vm-info", info(ctx.paths.vm)),
    ],
    own,
  ]);
  const manifest = manifestOf(files);
  const sentinel = made(SENTINEL, manifest);
  const createOnly = createOnlyPaths(await readFile(common("packages", "home-create-only.txt"), "utf8"), own);
  return [
    { path: "home/manifest", content: manifest },
    // For the step's hash: another mode is another home.
    { path: "home/modes", content: files.map(({ path, mode }) => `${mode.toString(8)} ${path}\n`).join("") },
    { path: "home/home.tar", id: "its manifest's", make: () => archive([...files, sentinel]) },
    { path: "home/create-only", content: createOnly.join("\n") },
    { path: "home/aliases", content: ctx.settings.aliases ? "on" : "off" },
    { path: "home/plugins", content: await readFile(common("packages", "plugins.txt")) },
    { path: "home/unpack.sh", content: await readFile(common("scripts", "unpack-home.sh")) },
  ];
}

const made = (path: string, text: string): HomeFile => ({ path, mode: 0o644, content: Buffer.from(text) });

const info = (vm: string): string =>
  [
    `This is an agent-vm VM (${vm}), a Debian guest of its own: no host file is reachable from here.`,
    "Each directory in ~/workspace is a full git clone of one branch. Commit here; the host fetches the commits.",
    "",
  ].join("\n");

const archive = async (files: readonly HomeFile[]): Promise<Uint8Array> =>
  (await import("../../io/tar.ts")).makeTar(files);

/** Later ones win; sorted by path. Throws UserError (2) when a file would have to be a directory. */
export function merge(groups: readonly (readonly HomeFile[])[]): HomeFile[] {
  const all = new Map(groups.flat().map((file) => [file.path, file]));
  for (const path of all.keys()) {
    for (let up = dirname(path); up !== "."; up = dirname(up)) {
      if (all.has(up)) throw refused(`"${up}" cannot be a file in the agent's home: ${path} is below it.`);
    }
  }
  return [...all.values()].sort((one, other) => (one.path < other.path ? -1 : 1));
}

/** Lines of "sha256  path", as sha256sum reads them. */
export const manifestOf = (files: readonly HomeFile[]): string =>
  files
    .map(({ path, content }) => `${createHash("sha256").update(content).digest("hex")}  ${path}\n`)
    .join("");

/** The list's paths but those the user brings: these are meant. */
export function createOnlyPaths(list: string, own: readonly HomeFile[]): string[] {
  const named = new Set(own.map(({ path }) => path));
  return list.split("\n").filter((line) => line !== "" && !line.startsWith("#") && !named.has(line));
}
