// What people and agents do on either side of a repository with submodules or with large files.
import { join } from "node:path";
import { ask, tries } from "./git.ts";
import { LARGE_NAMES } from "./large.ts";
import { fresh, type Model, put, tracked } from "./model.ts";
import { SUBMODULE, submoduleOf } from "./places.ts";
import { type TreeStep, tidy } from "./tree-steps.ts";

const commits = (model: Model, directory: string, subject: string, ...how: string[]): boolean => {
  model.counter += 1;
  return tries(model, directory, "commit", "-q", ...how, "-m", `${subject} ${model.counter}`);
};

/** The submodule's files where it is checked out. */
function submoduleFiles(directory: string): string | undefined {
  const files = join(directory, SUBMODULE);
  return submoduleOf(directory) === files ? files : undefined;
}

/** The repository and its submodules, the outer one first, as far as they are checked out. */
export function checkedOut(directory: string): string[] {
  const inside = submoduleFiles(directory);
  return inside === undefined ? [directory] : [directory, ...checkedOut(inside)];
}

/** The superproject records what is checked out in it, often with a commit that was made for that. */
function record(model: Model, directory: string): string {
  const inside = submoduleFiles(directory);
  if (inside === undefined) return "";
  if (model.random.chance(0.7)) record(model, inside);
  if (model.random.chance(0.6)) {
    const names = ["README.md", "x.txt", "y/z.txt", ...(model.traits.large === "inside" ? LARGE_NAMES : [])];
    put(model, inside, model.random.pick(names), fresh(model));
    tries(model, inside, "add", "-A");
    commits(model, inside, "inside", ...(model.random.chance(0.3) ? ["--amend"] : []));
  }
  return tries(model, directory, "add", "--", SUBMODULE) && commits(model, directory, "record")
    ? "recorded"
    : "";
}

function update(model: Model, directory: string): string {
  const how = ["--force", "--recursive"].filter(() => model.random.chance(0.25));
  return tries(model, directory, "submodule", "-q", "update", "--init", ...how) ? "updated" : "";
}

/** Work that only the submodule has: the superproject's own status does not show it. */
function aside(model: Model, directory: string): string {
  const inside = submoduleFiles(directory);
  if (inside === undefined) return "";
  const how = model.random.pick(["stash", "branch", "ignored"] as const);
  if (how === "ignored") return put(model, inside, ".env", fresh(model)) ? how : "";
  put(model, inside, "README.md", fresh(model));
  if (how === "stash") return tries(model, inside, "stash", "-q") ? how : "";
  const here = ask(model, inside, "rev-parse", "HEAD");
  model.counter += 1;
  tries(model, inside, "switch", "-q", "-c", `aside-${model.counter}`);
  tries(model, inside, "commit", "-q", "-a", "-m", "aside");
  return tries(model, inside, "checkout", "-q", "--detach", here) ? how : "";
}

/** Nothing travels over edits, on either side. */
function tidyAll(model: Model, directory: string): string {
  const inside = submoduleFiles(directory);
  if (inside !== undefined) tidyAll(model, inside);
  return tidy(model, directory);
}

const deinit = (model: Model, directory: string): string =>
  tries(model, directory, "submodule", "-q", "deinit", "-f", SUBMODULE) ? "its files are gone" : "";

/** In the superproject. */
export const SUBMODULE_STEPS: TreeStep[] = [
  { name: "record", weight: 16, act: record },
  { name: "submodule update", weight: 4, act: update },
  { name: "aside", weight: 6, act: aside },
  { name: "tidy all", weight: 4, act: tidyAll },
  { name: "deinit", weight: 0.6, act: deinit },
];

function large(model: Model, directory: string): string {
  const name = model.random.pick(LARGE_NAMES);
  if (!put(model, directory, name, fresh(model))) return "";
  if (model.random.chance(0.3)) return name;
  return tries(model, directory, "add", "--", name) &&
    (model.random.chance(0.2) || commits(model, directory, "large"))
    ? `${name} for git`
    : name;
}

/** Out of the tree, and of the next commit. */
function without(model: Model, directory: string): string {
  const names = tracked(model, directory).filter((name) => LARGE_NAMES.includes(name));
  if (names.length === 0) return "";
  const name = model.random.pick(names);
  return tries(model, directory, "rm", "-q", "--", name) && commits(model, directory, "without") ? name : "";
}

export const LARGE_STEPS: TreeStep[] = [
  { name: "large", weight: 14, act: large },
  { name: "large gone", weight: 2, act: without },
  { name: "tidy", weight: 3, act: tidy },
];
