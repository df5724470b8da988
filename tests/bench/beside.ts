// Repositories with what git's commits do not hold: submodules, a file of Git LFS, ignored files that are granted.
import { randomBytes } from "node:crypto";
import { appendFileSync, closeSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { commit, createRepository, git, type World } from "../integration/guest.ts";

const MiB = 1024 * 1024;
const MODULES = 20;
const CARRIED = 1000;
/** What `workspace.carry` has to be for the last of them. */
export const GRANTED = ["carried"];

export interface Beside {
  name: string;
  repo: string;
}

const LFS_SETTINGS = {
  clean: "git-lfs clean -- %f",
  smudge: "git-lfs smudge -- %f",
  process: "git-lfs filter-process",
  required: "true",
};
const LFS = `[filter "lfs"]\n${Object.entries(LFS_SETTINGS)
  .map(([key, value]) => `\t${key} = ${value}\n`)
  .join("")}`;

/** `megabytes` is the size of the LFS file. */
export function makeBeside(world: World, megabytes: number): Beside[] {
  return [submodules(world.hostHome), largeFile(world, megabytes), carried(world.hostHome)];
}

function submodules(home: string): Beside {
  const library = createRepository(join(home, "library"));
  commit(library, { "lib.txt": randomBytes(MiB / 2).toString("hex") });
  const repo = createRepository(join(home, "modules"));
  const add = ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "--", library];
  for (let nth = 0; nth < MODULES; nth += 1) git(repo, ...add, `libs/l${nth}`);
  git(repo, "commit", "-q", "-m", "submodules");
  return { name: `${MODULES} submodules of 1 MiB`, repo };
}

export function largeFile({ hostHome, guestHome }: World, megabytes: number): Beside {
  for (const home of [hostHome, guestHome]) appendFileSync(join(home, ".gitconfig"), LFS);
  const repo = createRepository(join(hostHome, "large"));
  // Our own git here has another home.
  for (const [key, value] of Object.entries(LFS_SETTINGS)) git(repo, "config", `filter.lfs.${key}`, value);
  const file = openSync(join(repo, "large.bin"), "w");
  for (let nth = 0; nth < megabytes; nth += 1) writeSync(file, randomBytes(MiB));
  closeSync(file);
  commit(repo, { ".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n" });
  git(repo, "add", "-A");
  git(repo, "commit", "-q", "-m", "large");
  if (!git(repo, "show", "HEAD:large.bin").startsWith("version ")) throw new Error("it is no pointer");
  return { name: `LFS file of ${megabytes} MiB`, repo };
}

function carried(home: string): Beside {
  const repo = createRepository(join(home, "carrying"));
  commit(repo, { ".gitignore": "carried/\n" });
  for (let nth = 0; nth < CARRIED; nth += 1) {
    const path = join(repo, `carried/d${nth % 20}/f${nth}`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, randomBytes(1000));
  }
  return { name: `${CARRIED} carried files`, repo };
}
