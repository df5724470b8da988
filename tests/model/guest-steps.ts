// What only an agent does in its workspace: branches, conflicts, files that can be made again, hidden edits.
import { mkdirSync } from "node:fs";
import { ask, git, tries } from "./git.ts";
import { fresh, type Model, parentOf, put, tracked } from "./model.ts";
import { TREE_STEPS, type TreeStep } from "./tree-steps.ts";

function branch(model: Model, directory: string): string {
  model.counter += 1;
  const name = model.random.pick([
    `agent-${model.counter}`,
    `deep/agent-${model.counter}`,
    `\u00fc-${model.counter}`,
  ]);
  return tries(model, directory, "switch", "-q", "-c", name) ? name : "";
}

function change(model: Model, directory: string): string {
  const all = git(model, directory, "for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads").split("\n");
  const name = model.random.pick(all);
  return name !== "" && tries(model, directory, "switch", "-q", Buffer.from(name, "latin1").toString("utf8"))
    ? name
    : "";
}

const detach = (model: Model, directory: string): string =>
  tries(model, directory, "checkout", "-q", "--detach", model.random.pick(["HEAD", "HEAD~1"]))
    ? "detached"
    : "";

/** Back to the workspace's own branch, by force as agents do: otherwise sequences end detached. */
function back(model: Model, directory: string): string {
  const names = git(model, directory, "for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads").split(
    "\n",
  );
  const own = ["work", "side/two"].find((name) => names.includes(name));
  return own !== undefined && tries(model, directory, "switch", "-q", own) ? own : "";
}

function dropBranch(model: Model, directory: string): string {
  const own = ask(model, directory, "symbolic-ref", "-q", "--short", "HEAD");
  if (own === "" || !tries(model, directory, "checkout", "-q", "--detach")) return "";
  return tries(model, directory, "branch", "-q", "-D", own) ? own : "";
}

/** A merge or cherry-pick that stops at a conflict. */
function conflict(model: Model, directory: string): string {
  const base = parentOf(model, directory, "HEAD");
  const here = git(model, directory, "rev-parse", "HEAD");
  const file = tracked(model, directory).find((name) => name.endsWith(".txt"));
  if (base === "" || file === undefined) return "";
  model.counter += 1;
  const name = `other-${model.counter}`;
  if (!tries(model, directory, "switch", "-q", "-c", name, base)) return "";
  put(model, directory, file, fresh(model));
  tries(model, directory, "commit", "-q", "-a", "-m", name);
  if (!tries(model, directory, "checkout", "-q", "-B", `mine-${model.counter}`, here)) return "";
  put(model, directory, file, fresh(model));
  tries(model, directory, "commit", "-q", "-a", "-m", `mine ${name}`);
  const verb = model.random.pick([["merge", "-q"], ["cherry-pick"], ["rebase", "-q"]]);
  return tries(model, directory, ...verb, name) ? "" : `${verb[0]} in progress`;
}

function again(model: Model, directory: string): string {
  put(model, directory, `node_modules/p${model.random.below(3)}/index.js`, fresh(model));
  return "node_modules";
}

function secret(model: Model, directory: string): string {
  return put(model, directory, ".env", fresh(model)) ? ".env" : "";
}

/** An edit that `git status` is told not to show. */
function hide(model: Model, directory: string): string {
  const names = tracked(model, directory).filter((name) => /^[a-z./]+$/.test(name));
  if (names.length === 0) return "";
  const name = model.random.pick(names);
  const flag = model.random.pick(["--assume-unchanged", "--skip-worktree"]);
  if (!tries(model, directory, "update-index", flag, name)) return "";
  return put(model, directory, name, fresh(model)) ? `${flag} ${name}` : "";
}

/** A repository that the agent made inside its workspace. */
function nested(model: Model, directory: string): string {
  const place = `${directory}/vendor-${model.random.below(2)}`;
  mkdirSync(place, { recursive: true });
  if (!tries(model, place, "init", "-q")) return "";
  put(model, place, "inside.txt", fresh(model));
  tries(model, place, "add", "-A");
  tries(model, place, "commit", "-q", "-m", "inside");
  put(model, place, "loose.txt", fresh(model));
  return place;
}

function tag(model: Model, directory: string): string {
  model.counter += 1;
  const kind = model.random.chance(0.5) ? ["-a", "-m", "note"] : [];
  return tries(model, directory, "tag", ...kind, `t${model.counter}`) ? `t${model.counter}` : "";
}

export const GUEST_STEPS: TreeStep[] = [
  ...TREE_STEPS,
  { name: "branch", weight: 2, act: branch },
  { name: "switch", weight: 2, act: change },
  { name: "detach", weight: 1, act: detach },
  { name: "back", weight: 6, act: back },
  { name: "drop branch", weight: 0.5, act: dropBranch },
  { name: "conflict", weight: 1.5, act: conflict },
  { name: "node_modules", weight: 1.5, act: again },
  { name: "secret", weight: 2, act: secret },
  { name: "hide", weight: 1, act: hide },
  { name: "nested", weight: 0.7, act: nested },
  { name: "tag", weight: 1, act: tag },
];
