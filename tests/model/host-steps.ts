// What only the user does in the repository on the host: switching, committing to a branch that is not checked out.
import { ask, feed, git, tries } from "./git.ts";
import { BRANCHES, fresh, type Model, parentOf } from "./model.ts";
import { TREE_STEPS, type TreeStep } from "./tree-steps.ts";

const own = (model: Model): string => (model.random.chance(0.75) ? BRANCHES[0] : BRANCHES[1]);

const checkout = (model: Model, directory: string): string => {
  const name = model.random.chance(0.6) ? own(model) : "main";
  return tries(model, directory, "switch", "-q", name) ? name : "";
};

/** The commit's tree with one more or another file at its top. */
function treeWith(model: Model, directory: string, tip: string): string {
  const name = model.random.pick(["a.txt", "c.txt", "aside.txt", ".env"]);
  const blob = feed(model, directory, fresh(model), "hash-object", "-w", "--stdin");
  const entries = git(model, directory, "ls-tree", "-z", tip).split("\0").filter(Boolean);
  const others = entries.filter((line) => line.slice(line.indexOf("\t") + 1) !== name);
  const input = [...others, `100644 blob ${blob}\t${name}`].map((line) => `${line}\0`).join("");
  return feed(model, directory, input, "mktree", "-z");
}

/** A commit on a branch that is not checked out, as a second worktree or a fetch from elsewhere would make. */
function commitAside(model: Model, directory: string): string {
  const name = own(model);
  const tip = ask(model, directory, "rev-parse", "-q", "--verify", `refs/heads/${name}`);
  if (tip === "" || ask(model, directory, "symbolic-ref", "-q", "--short", "HEAD") === name) return "";
  const rewrite = model.random.chance(0.25) && parentOf(model, directory, tip) !== "";
  const parent = rewrite ? parentOf(model, directory, tip) : tip;
  model.counter += 1;
  const tree = treeWith(model, directory, tip);
  const made = git(model, directory, "commit-tree", "-p", parent, "-m", `aside ${model.counter}`, tree);
  git(model, directory, "update-ref", `refs/heads/${name}`, made, tip);
  return `${name}${rewrite ? " rewritten" : ""}`;
}

function dropBranch(model: Model, directory: string): string {
  const name = own(model);
  return tries(model, directory, "branch", "-q", "-D", name) ? name : "";
}

export const HOST_STEPS: TreeStep[] = [
  ...TREE_STEPS,
  { name: "checkout", weight: 5, act: checkout },
  { name: "commit aside", weight: 8, act: commitAside },
  { name: "drop branch", weight: 0.5, act: dropBranch },
];
