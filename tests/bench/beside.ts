// Repositories with what git's commits do not hold: submodules, a file of Git LFS, ignored files that are granted.
import { createHash, randomBytes } from "node:crypto";
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { commit, createRepository, git, type World } from "../integration/guest.ts";
import { ATTRIBUTES, configIn, configOf, placeOf, setUpLfs } from "../integration/large-files.ts";

const MiB = 1024 * 1024;
const MODULES = 20;
const CARRIED = 1000;
/** What `workspace.carry` has to be for the last of them. */
export const GRANTED = ["carried"];

export interface Beside {
  name: string;
  repo: string;
  /** A file that the workspace has when what the row is about travelled. */
  proof: string;
}

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
  return { name: `${MODULES} submodules of 1 MiB`, repo, proof: "libs/l0/lib.txt" };
}

export function largeFile({ hostHome, guestHome }: World, megabytes: number): Beside {
  const repo = createRepository(join(hostHome, "large"));
  setUpLfs(configIn(guestHome), configOf(repo));
  const sum = createHash("sha256");
  const file = openSync(join(repo, "large.bin"), "w");
  for (let nth = 0; nth < megabytes; nth += 1) {
    const bytes = randomBytes(MiB);
    sum.update(bytes);
    writeSync(file, bytes);
  }
  closeSync(file);
  commit(repo, ATTRIBUTES);
  git(repo, "add", "-A");
  git(repo, "commit", "-q", "-m", "large");
  const proof = join(".git/lfs", placeOf(sum.digest("hex")));
  return { name: `LFS file of ${megabytes} MiB`, repo, proof };
}

function carried(home: string): Beside {
  const repo = createRepository(join(home, "carrying"));
  commit(repo, { ".gitignore": "carried/\n" });
  for (let nth = 0; nth < CARRIED; nth += 1) {
    const path = join(repo, `carried/d${nth % 20}/f${nth}`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, randomBytes(1000));
  }
  return { name: `${CARRIED} carried files`, repo, proof: "carried/d0/f0" };
}
