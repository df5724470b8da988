// What the pieces of a save hold that are no objects of the vault: bundles and tars.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { filesBelow } from "./files.ts";
import { feed, type GitWorld, git } from "./git.ts";
import { largeIn } from "./large.ts";
import { reachable } from "./look.ts";
import { isRepository, moduleOf } from "./places.ts";

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
  for (const content of largeIn(scratch).values()) found.add(content);
  for (const repository of repositoriesBelow(scratch)) {
    for (const id of reachable(world, repository, "history")) found.add(id);
  }
  const module = moduleOf(scratch);
  if (existsSync(module)) for (const id of staged(world, module)) found.add(id);
  return found;
}

/** What its index names and it has. */
function staged(world: GitWorld, module: string): string[] {
  const ids = git(world, module, "ls-files", "--format=%(objectname)");
  const said = feed(world, module, ids === "" ? "" : `${ids}\n`, "cat-file", "--batch-check");
  return said.split("\n").flatMap((line) => (/^([0-9a-f]+) blob /.exec(line) ?? []).slice(1));
}

function repositoriesBelow(directory: string): string[] {
  const below = readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    if (!entry.isDirectory()) return [];
    const path = join(directory, entry.name);
    return entry.name === ".git" ? (isRepository(directory) ? [directory] : []) : repositoriesBelow(path);
  });
  return isRepository(moduleOf(directory)) ? [...below, moduleOf(directory)] : below;
}
