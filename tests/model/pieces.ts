// What the pieces of a save hold that are no objects of the vault: bundles and tars.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { filesBelow } from "./files.ts";
import { feed, type GitWorld, git } from "./git.ts";
import { largeIn } from "./large.ts";
import { reachable } from "./look.ts";
import { gitDirOf, isRepository, submodulesOf } from "./places.ts";

/** They never change, so each is opened once. */
const opened = new Map<string, Set<string>>();

/** The ids of everything in a bundle or tar. */
export function insideOf(world: GitWorld, file: string): Set<string> {
  const known = opened.get(file);
  if (known) return known;
  const scratch = mkdtempSync(join(tmpdir(), "piece-"));
  try {
    const found = file.endsWith(".bundle")
      ? insideOfBundle(world, file, scratch)
      : insideOfTar(world, file, scratch);
    opened.set(file, found);
    return found;
  } finally {
    execFileSync("chmod", ["-R", "u+rwX", scratch]);
    rmSync(scratch, { recursive: true, force: true });
  }
}

function insideOfBundle(world: GitWorld, file: string, scratch: string): Set<string> {
  git(world, scratch, "init", "-q", "--bare");
  git(world, scratch, "fetch", "-q", file, "+refs/*:refs/*");
  return reachable(world, scratch, "references");
}

function insideOfTar(world: GitWorld, file: string, scratch: string): Set<string> {
  execFileSync("tar", ["-xf", file, "-C", scratch]);
  const found = new Set([...filesBelow(scratch).values()].map((one) => one.hash));
  const add = (ids: Iterable<string>) => {
    for (const id of ids) found.add(id);
  };
  add(largeIn(scratch).values());
  for (const repository of repositoriesBelow(scratch)) add(reachable(world, repository, "history"));
  for (const place of submodulesOf(scratch).values()) {
    const module = gitDirOf(place);
    add(reachable(world, module, "history"));
    add(staged(world, module));
    add(largeIn(module).values());
  }
  return found;
}

/** What its index names and it has. */
function staged(world: GitWorld, module: string): string[] {
  const ids = git(world, module, "ls-files", "--format=%(objectname)");
  const said = feed(world, module, ids === "" ? "" : `${ids}\n`, "cat-file", "--batch-check");
  return said.split("\n").flatMap((line) => (/^([0-9a-f]+) blob /.exec(line) ?? []).slice(1));
}

function repositoriesBelow(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    if (!entry.isDirectory()) return [];
    const path = join(directory, entry.name);
    return entry.name === ".git" ? (isRepository(directory) ? [directory] : []) : repositoriesBelow(path);
  });
}
