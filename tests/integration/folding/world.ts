// A host whose home lies on a disk that does not tell case or the forms of Unicode apart: sshfs through sftp.mjs.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { createRepository, createWorld, git, type World } from "../guest.ts";

const SERVER = join(import.meta.dirname, "sftp.mjs");
/** Nothing is remembered of a name: another spelling of it may have changed meanwhile. */
const OPTIONS = "dir_cache=no,entry_timeout=0,attr_timeout=0,negative_timeout=0";

export async function createFoldingWorld(): Promise<World> {
  const world = await createWorld();
  const { hostHome } = world;
  const below = join(dirname(hostHome), "below");
  renameSync(hostHome, below);
  mkdirSync(hostHome);
  const command = `ssh_command=${word(process.execPath)} ${word(SERVER)}`;
  execFileSync("sshfs", ["-o", command, "-o", OPTIONS, `disk:${below}`, hostHome]);
  rmSync(world.repo, { recursive: true });
  createRepository(world.repo);
  // sshfs gives each spelling a number of its own; where a file has one, as on macOS, git needs no such setting.
  git(world.repo, "config", "core.checkStat", "minimal");
  const remove = () => {
    spawnSync("fusermount3", ["-u", "-z", hostHome]);
    world.remove();
  };
  return { ...world, remove };
}

/** sshfs takes a blank for the end of a word. */
const word = (path: string): string => path.replaceAll(/[\\ ,]/g, "\\$&");
