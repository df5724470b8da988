// What people and agents do to files and commits, on either side.
import { chmodSync, lstatSync, rmSync, symlinkSync } from "node:fs";
import { ask, git, tries } from "./git.ts";
import { fresh, type Model, NAMES, parentOf, pathIn, put, tracked } from "./model.ts";

export interface TreeStep {
  name: string;
  weight: number;
  /** Acts in a repository with a work tree; says what was done, "" when nothing could be. */
  act(model: Model, directory: string): string;
}

const some = (model: Model) => model.random.pick(NAMES);
const show = (name: string) => JSON.stringify(name);

function edit(model: Model, directory: string): string {
  const names = tracked(model, directory);
  if (names.length === 0) return "";
  const name = model.random.pick(names);
  return put(model, directory, name, fresh(model)) ? show(name) : "";
}

function create(model: Model, directory: string): string {
  const name = some(model);
  return put(model, directory, name, fresh(model)) ? show(name) : "";
}

function remove(model: Model, directory: string): string {
  const names = tracked(model, directory);
  if (names.length < 3) return "";
  const name = model.random.pick(names);
  rmSync(pathIn(directory, name), { force: true, recursive: true });
  return show(name);
}

function link(model: Model, directory: string): string {
  const name = `link${model.random.below(3)}`;
  rmSync(pathIn(directory, name), { force: true, recursive: true });
  model.counter += 1;
  symlinkSync(
    model.random.pick([`a.txt`, `nowhere ${model.counter}`, "/etc/passwd", "dir"]),
    `${directory}/${name}`,
  );
  return show(name);
}

function executable(model: Model, directory: string): string {
  const names = tracked(model, directory).filter((name) =>
    lstatSync(pathIn(directory, name), { throwIfNoEntry: false })?.isFile(),
  );
  if (names.length === 0) return "";
  const name = model.random.pick(names);
  const path = pathIn(directory, name);
  chmodSync(path, lstatSync(path).mode ^ 0o111);
  return show(name);
}

function attributes(model: Model, directory: string): string {
  model.counter += 1;
  const rule = model.random.pick([
    "* text=auto",
    "*.txt text eol=crlf",
    "*.txt eol=lf",
    "*.txt -text",
    "*.txt ident",
  ]);
  put(model, directory, ".gitattributes", `# ${model.counter}\n${rule}\n`);
  return rule;
}

/** Sometimes only a part of what was changed. */
function stage(model: Model, directory: string): string {
  const which = model.random.pick([["-A"], ["-u"], ["-N", "."], ["-A", "-f", ".env"], ["--", "*.txt"]]);
  return tries(model, directory, "add", ...which) ? which.join(" ") : "";
}

function commit(model: Model, directory: string): string {
  if (model.random.chance(0.7)) edit(model, directory);
  if (model.random.chance(0.5)) create(model, directory);
  stage(model, directory);
  model.counter += 1;
  return tries(model, directory, "commit", "-q", "-m", `work ${model.counter}`)
    ? `work ${model.counter}`
    : "";
}

function amend(model: Model, directory: string): string {
  if (parentOf(model, directory, "HEAD") === "") return "";
  edit(model, directory);
  return tries(model, directory, "commit", "-q", "-a", "--amend", "--no-edit") ? "amended" : "";
}

/** A rebase that drops or rewrites the last commits. */
function rewrite(model: Model, directory: string): string {
  const before = parentOf(model, directory, "HEAD~1");
  if (before === "") return "";
  const how = model.random.pick([
    ["rebase", "-q", "--onto", before, "HEAD~1"],
    ["rebase", "-q", "-f", before],
    ["reset", "-q", "--soft", "HEAD~1"],
    ["reset", "-q", "HEAD~1"],
  ]);
  if (tries(model, directory, ...how)) return how.join(" ");
  if (how[0] === "rebase" && model.random.chance(0.6)) tries(model, directory, "rebase", "--abort");
  return "";
}

const stash = (model: Model, directory: string): string =>
  tries(model, directory, "stash", "push", "-q", ...model.random.pick([[], ["-u"], ["-k"], ["-a"]]))
    ? "stashed"
    : "";

const pop = (model: Model, directory: string): string =>
  ask(model, directory, "rev-parse", "-q", "--verify", "refs/stash") !== "" &&
  tries(model, directory, "stash", model.random.pick(["pop", "apply"]), "-q")
    ? "popped"
    : "";

/** Ends what is in progress, or throws edits away: nothing else ever makes a tree clean again. */
export function tidy(model: Model, directory: string): string {
  for (const what of ["merge", "rebase", "cherry-pick", "revert"]) tries(model, directory, what, "--abort");
  if (model.random.chance(0.5)) tries(model, directory, "reset", "-q", "--hard");
  else {
    tries(model, directory, "add", "-A");
    tries(model, directory, "commit", "-q", "-m", "everything");
  }
  if (model.random.chance(0.3)) tries(model, directory, "clean", "-q", "-fd");
  return git(model, directory, "rev-parse", "--short", "HEAD");
}

/** For the guest and for the user's own checkout. */
export const TREE_STEPS: TreeStep[] = [
  { name: "edit", weight: 6, act: edit },
  { name: "create", weight: 7, act: create },
  { name: "remove", weight: 2, act: remove },
  { name: "link", weight: 2, act: link },
  { name: "executable", weight: 2, act: executable },
  { name: "attributes", weight: 1, act: attributes },
  { name: "stage", weight: 3, act: stage },
  { name: "commit", weight: 12, act: commit },
  { name: "amend", weight: 4, act: amend },
  { name: "rewrite", weight: 3, act: rewrite },
  { name: "stash", weight: 3, act: stash },
  { name: "pop", weight: 2, act: pop },
  { name: "tidy", weight: 6, act: tidy },
];
