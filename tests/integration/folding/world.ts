// A host part of whose files lies on a disk that does not tell case or the forms of Unicode apart: sshfs through
// sftp.mjs.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { createRepository, createWorld, git, type World } from "../guest.ts";

const SERVER = join(import.meta.dirname, "sftp.mjs");
/** Nothing is remembered of a name: another spelling of it may have changed meanwhile. */
const OPTIONS = "dir_cache=no,entry_timeout=0,attr_timeout=0,negative_timeout=0";

/** The files of the repository alone, as git asks for little there; with its git directory; or the whole home. */
export type Folding = "files" | "repository" | "home";

/** `precomposed`: git finds names in their composed form, however they lie there, as on macOS. */
export async function createFoldingWorld(what: Folding, { precomposed = false } = {}): Promise<World> {
  const world = await createWorld();
  const base = dirname(world.hostHome);
  const place = what === "home" ? world.hostHome : world.repo;
  rmSync(world.repo, { recursive: true });
  mkdirSync(world.repo);
  const below = join(base, "below");
  renameSync(place, below);
  mkdirSync(place);
  const command = `ssh_command=${word(process.execPath)} ${word(SERVER)}${precomposed ? " precomposed" : ""}`;
  execFileSync("sshfs", ["-o", command, "-o", OPTIONS, `disk:${below}`, place]);
  const apart = what === "files" ? ["--separate-git-dir", join(base, "shop.git")] : [];
  // Each file that git copies costs a moment here.
  createRepository(world.repo, "--template=", ...apart);
  // git looks at the disk that its own directory is on.
  if (what === "files") git(world.repo, "config", "core.ignoreCase", "true");
  // sshfs gives each spelling a number of its own; where a file has one, as on macOS, git needs no such setting.
  git(world.repo, "config", "core.checkStat", "minimal");
  const remove = () => {
    spawnSync("fusermount3", ["-u", "-z", place]);
    world.remove();
  };
  return { ...world, remove };
}

/** sshfs takes a blank for the end of a word. */
const word = (path: string): string => path.replaceAll(/[\\ ,]/g, "\\$&");
