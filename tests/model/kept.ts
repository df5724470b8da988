// Everything that is kept anywhere: the host's repository, the vault, the workspaces.
import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { blobId, filesBelow } from "./files.ts";
import { type GitWorld, git } from "./git.ts";
import { isRepository, look, reachable, type Seen } from "./look.ts";

export interface Places extends GitWorld {
  repo: string;
}

export interface Kept {
  host: Set<string>;
  /** The user's own versions of the granted file, those that were replaced on the host, too. */
  hadByUser: ReadonlySet<string>;
  vault: Set<string>;
  /** How many saves have a record. */
  saves: number;
  /** Directory in ~/workspace → what its repository and its tree hold. */
  workspaces: Map<string, { seen: Seen; objects: Set<string> }>;
}

const vaultRoot = (places: Places) => join(places.hostHome, ".local/state/agent-vm/vault");

/** Workspaces, and those that a crash left renamed away: names of ours that only hold copies are left out. */
const holdsWork = (name: string) => !/^\.agent-vm\.(new|trash|save|seed)\./.test(name);

export function whatIsKept(places: Places): Kept {
  const root = join(places.guestHome, "workspace");
  const names = readdirSync(root).filter((name) => holdsWork(name) && isRepository(join(root, name)));
  return {
    host: new Set([...reachable(places, places.repo, "references"), ...grantedOnHost(places)]),
    hadByUser: had.get(places.repo) ?? new Set(),
    vault: whatTheVaultHas(places),
    saves: countSaves(places),
    workspaces: new Map(
      names.map((name) => {
        const directory = join(root, name);
        return [name, { seen: look(places, directory), objects: reachable(places, directory, "history") }];
      }),
    ),
  };
}

/** Repository → the granted versions that its user has had. */
const had = new Map<string, Set<string>>();

/** A granted file of the user's own is as good as a save of the workspace's equal one. */
function grantedOnHost({ repo }: Places): string[] {
  const file = join(repo, ".env");
  const versions = had.get(repo) ?? new Set<string>();
  had.set(repo, versions);
  if (!lstatSync(file, { throwIfNoEntry: false })?.isFile()) return [];
  const present = blobId(readFileSync(file));
  versions.add(present);
  return [present];
}

function countSaves(places: Places): number {
  const root = vaultRoot(places);
  if (!existsSync(root)) return 0;
  const records = (owner: string) => {
    const saves = join(root, owner, "saves");
    return existsSync(saves) ? readdirSync(saves).filter((name) => name.endsWith(".json")).length : 0;
  };
  return readdirSync(root).reduce((sum, owner) => sum + records(owner), 0);
}

/** Opaque pieces never change, so each is opened once. */
const opened = new Map<string, Set<string>>();

function whatTheVaultHas(places: Places): Set<string> {
  const found = new Set<string>();
  const add = (ids: Iterable<string>) => {
    for (const id of ids) found.add(id);
  };
  const root = vaultRoot(places);
  for (const owner of existsSync(root) ? readdirSync(root) : []) {
    const gitDir = join(root, owner, "objects.git");
    if (existsSync(gitDir)) add(reachable(places, gitDir, "references"));
    const saves = join(root, owner, "saves");
    for (const id of existsSync(saves) ? readdirSync(saves) : []) {
      // Only a record makes pieces a save.
      if (!existsSync(join(saves, `${id}.json`))) continue;
      for (const file of readdirSync(join(saves, id))) add(insideOf(places, join(saves, id, file)));
    }
  }
  return found;
}

function insideOf(places: Places, file: string): Set<string> {
  const known = opened.get(file);
  if (known) return known;
  const scratch = mkdtempSync(join(tmpdir(), "piece-"));
  try {
    const found = file.endsWith(".bundle")
      ? insideOfBundle(places, file, scratch)
      : insideOfTar(places, file, scratch);
    opened.set(file, found);
    return found;
  } finally {
    execFileSync("chmod", ["-R", "u+rwX", scratch]);
    rmSync(scratch, { recursive: true, force: true });
  }
}

function insideOfBundle(places: Places, file: string, scratch: string): Set<string> {
  git(places, scratch, "init", "-q", "--bare");
  git(places, scratch, "fetch", "-q", file, "+refs/*:refs/*");
  return reachable(places, scratch, "references");
}

function insideOfTar(places: Places, file: string, scratch: string): Set<string> {
  execFileSync("tar", ["-xf", file, "-C", scratch]);
  const found = new Set([...filesBelow(scratch).values()].map((one) => one.hash));
  for (const repository of repositoriesBelow(scratch)) {
    for (const id of reachable(places, repository, "history")) found.add(id);
  }
  return found;
}

function repositoriesBelow(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    if (!entry.isDirectory()) return [];
    const path = join(directory, entry.name);
    return entry.name === ".git" ? [directory] : repositoriesBelow(path);
  });
}
