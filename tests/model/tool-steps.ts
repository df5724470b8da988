// The commands of the tool that a sequence chooses from.
import { BRANCHES, type Model, workspaceOf } from "./model.ts";

export interface ToolStep {
  name: string;
  weight: number;
  /** The option that must exist for it; those of commands that do not exist yet are left out, and told. */
  option?: string;
  /** Words after the command's name; "%" stands for the branch. */
  words: readonly string[];
  /** Where it can do something: mostly chosen there; by default where there is a workspace. */
  at?: "anywhere" | "cleaned";
  /** It says what is there, and changes nothing on either side. */
  reads?: boolean;
}

const fetch = (weight: number, option: string, ...more: string[]): ToolStep => ({
  name: `fetch ${[option, ...more].join(" ")}`.trim(),
  weight,
  option,
  // Links and the like are asked about otherwise; a plain fetch below is refused for them now and then.
  words: ["fetch", "%", option, ...more, "--accept-risk"],
});

export const TOOL_STEPS: ToolStep[] = [
  { name: "push", weight: 14, at: "anywhere", words: ["push", "%"] },
  { name: "push --reset", weight: 4, option: "--reset", words: ["push", "%", "--reset"] },
  { name: "push --aside", weight: 3, option: "--aside", words: ["push", "%", "--aside"] },
  { name: "push --carry", weight: 4, option: "--carry", words: ["push", "%", "--carry"] },
  { name: "push --replace", weight: 2, option: "--replace", words: ["push", "%", "--replace"] },
  { name: "fetch", weight: 4, words: ["fetch", "%"] },
  { name: "fetch --accept-risk", weight: 8, option: "--accept-risk", words: ["fetch", "%", "--accept-risk"] },
  fetch(3, "--all"),
  fetch(4, "--wip"),
  fetch(4, "--merge"),
  fetch(2, "--rebase", "host"),
  fetch(2, "--rebase", "workspace"),
  fetch(2, "--as", "from-%"),
  fetch(4, "--reset"),
  { ...fetch(1, "--dry-run"), reads: true },
  { name: "clean", weight: 7, words: ["clean", "%"] },
  { name: "restore", weight: 25, at: "cleaned", words: ["restore", "%"] },
];

/** How often each kind must have succeeded in a run of a hundred sequences or more. */
export const MUST_SUCCEED: readonly string[] = TOOL_STEPS.map((step) => step.name);

export interface Chosen {
  step: ToolStep;
  branch: string;
  argv: string[];
}

/** A command that mostly has something to do: a sequence of "there is no workspace" finds nothing. */
export function chooseCommand(
  model: Model,
  steps: readonly ToolStep[],
  cleaned: (branch: string) => boolean,
): Chosen {
  for (let tries = 0; ; tries += 1) {
    const step = model.random.weighted(steps);
    const branch = model.random.chance(0.75) ? BRANCHES[0] : BRANCHES[1];
    const there = workspaceOf(model, branch) !== undefined;
    const fits = step.at === "anywhere" || (step.at === "cleaned" ? !there && cleaned(branch) : there);
    if (!fits && tries < 12 && model.random.chance(0.95)) continue;
    return { step, branch, argv: step.words.map((word) => word.replace("%", branch)) };
  }
}
