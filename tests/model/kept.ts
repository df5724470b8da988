// Everything that is kept anywhere: the host's repository, the vault, the workspaces.
import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { blobId } from "./files.ts";
import { ask, type GitWorld } from "./git.ts";
import { largeIn, largeOf, pointersIn } from "./large.ts";
import { indexIds, look, reachable, type Seen } from "./look.ts";
import { insideOf } from "./pieces.ts";
import { gitDirOf, isRepository, SUBMODULE, submodulesOf } from "./places.ts";

export interface Places extends GitWorld {
  repo: string;
}

export interface Held {
  seen: Seen;
  /** Content of large files that it needs among them. */
  objects: Set<string>;
  /** Of a submodule: the commit that the workspace's branch is at records it, or what that records. */
  recorded: boolean;
  /** Large files of its tree that are a pointer. */
  pointers: string[];
}

export interface Kept {
  host: Set<string>;
  /** The user's own versions of the granted file, those that were replaced on the host, too. */
  hadByUser: ReadonlySet<string>;
  vault: Set<string>;
  /** How many saves have a record. */
  saves: number;
  /** Directory in ~/workspace → what its repository and its tree hold; submodules apart, as `<directory>/<path>`. */
  workspaces: Map<string, Held>;
}

const vaultRoot = (places: Places) => join(places.hostHome, ".local/state/agent-vm/vault");

/** Workspaces, and those that a crash left renamed away: names of ours that only hold copies are left out. */
const holdsWork = (name: string) => !/^\.agent-vm\.(new|trash|save|seed)\./.test(name);

export function whatIsKept(places: Places): Kept {
  const root = join(places.guestHome, "workspace");
  const names = readdirSync(root).filter((name) => holdsWork(name) && isRepository(join(root, name)));
  return {
    host: whatTheHostHas(places),
    hadByUser: had.get(places.repo) ?? new Set(),
    vault: whatTheVaultHas(places),
    saves: countSaves(places),
    workspaces: new Map(
      names.flatMap((name) => {
        const inside = withSubmodules(places, join(root, name));
        return inside.map(([path, held]) => [join(name, path), held] as const);
      }),
    ),
  };
}

function withSubmodules(places: Places, top: string): [path: string, held: Held][] {
  const found: [string, Held][] = [["", { ...heldIn(places, top), recorded: false }]];
  let [above, commit] = [top, "HEAD"];
  for (const [path, place] of submodulesOf(top)) {
    const entry = commit === "" ? "" : ask(places, above, "ls-tree", commit, "--", SUBMODULE);
    [above, commit] = [place, /^160000 commit ([0-9a-f]+)\t/.exec(entry)?.[1] ?? ""];
    found.push([path, { ...heldIn(places, place), recorded: commit !== "" }]);
  }
  return found;
}

function heldIn(places: Places, directory: string): Omit<Held, "recorded"> {
  const seen = look(places, directory);
  const objects = reachable(places, directory, "history");
  const staged = new Set(indexIds(seen));
  for (const [pointer, content] of largeIn(directory)) {
    if (objects.has(pointer) || staged.has(pointer)) objects.add(content);
  }
  return { seen, objects, pointers: pointersIn(directory) };
}

function whatTheHostHas(places: Places): Set<string> {
  const own = [places.repo, ...[...submodulesOf(places.repo).values()].map(gitDirOf)];
  return new Set([
    ...own.flatMap((place) => [...reachable(places, place, "references"), ...largeIn(place).values()]),
    ...grantedOnHost(places),
  ]);
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

/** The SHA-256 of large files that the records of saves name. */
function largeNamed(saves: string): Set<string> {
  const records = existsSync(saves) ? readdirSync(saves).filter((name) => name.endsWith(".json")) : [];
  return new Set(
    records.flatMap((name) => {
      const { large = [] }: { large?: { oid: string }[] } = JSON.parse(
        readFileSync(join(saves, name), "utf8"),
      );
      return large.map(({ oid }) => oid);
    }),
  );
}

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
    add(largeOf(join(gitDir, "lfs/objects"), largeNamed(saves)).values());
    for (const id of existsSync(saves) ? readdirSync(saves) : []) {
      // Only a record makes pieces a save.
      if (!existsSync(join(saves, `${id}.json`))) continue;
      for (const file of readdirSync(join(saves, id))) add(insideOf(places, join(saves, id, file)));
    }
  }
  return found;
}
