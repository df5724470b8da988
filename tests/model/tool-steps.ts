// The commands of the tool that a sequence chooses from.
import { BRANCHES, type Model } from "./model.ts";

export interface ToolStep {
  name: string;
  weight: number;
  /** The option that must exist for it; those of commands that do not exist yet are left out, and told. */
  option?: string;
  /** Words after the command's name; "%" stands for the branch. */
  words: readonly string[];
  /** It says what is there, and changes nothing on either side. */
  reads?: boolean;
}

const fetch = (weight: number, option: string, ...more: string[]): ToolStep => ({
  name: `fetch ${[option, ...more].join(" ")}`.trim(),
  weight,
  option,
  words: ["fetch", "%", option, ...more],
});

export const TOOL_STEPS: ToolStep[] = [
  { name: "push", weight: 14, words: ["push", "%"] },
  { name: "push --reset", weight: 4, option: "--reset", words: ["push", "%", "--reset"] },
  { name: "push --aside", weight: 3, option: "--aside", words: ["push", "%", "--aside"] },
  { name: "fetch", weight: 12, words: ["fetch", "%"] },
  fetch(3, "--all"),
  fetch(4, "--wip"),
  fetch(4, "--merge"),
  fetch(2, "--rebase", "host"),
  fetch(2, "--rebase", "workspace"),
  fetch(2, "--as", "from-%"),
  fetch(4, "--reset"),
  { ...fetch(1, "--dry-run"), reads: true },
  { name: "clean", weight: 7, words: ["clean", "%"] },
  { name: "restore", weight: 7, words: ["restore", "%"] },
];

/** How often each kind must have succeeded in a run of a hundred sequences or more. */
export const MUST_SUCCEED: readonly string[] = TOOL_STEPS.map((step) => step.name);

export function lineOf(model: Model, step: ToolStep): { argv: string[]; branch: string } {
  const branch = model.random.chance(0.75) ? BRANCHES[0] : BRANCHES[1];
  return { branch, argv: step.words.map((word) => word.replace("%", branch)) };
}
