// One sequence: random steps over real git and a real sshd, each command judged by what was there before it.
import { rmSync } from "node:fs";
import { basename, join } from "node:path";
import { doneBeside, largeViolations, submoduleViolations } from "./beside.ts";
import { hasCommand } from "./command.ts";
import { chooseCrash, type Executed, execute } from "./execute.ts";
import { GUEST_STEPS } from "./guest-steps.ts";
import { hostViolations } from "./host-check.ts";
import { lookAtHost } from "./host-look.ts";
import { HOST_STEPS } from "./host-steps.ts";
import { whatIsKept } from "./kept.ts";
import { BRANCHES, createModel, type Model, workspaceOf } from "./model.ts";
import { type Debts, lost, owedNow } from "./oracle.ts";
import { gitDirOf } from "./places.ts";
import { type Cleaned, restoreViolations } from "./restores.ts";
import { chooseCommand, MUST_SUCCEED, TOOL_STEPS, type ToolStep } from "./tool-steps.ts";
import { checkedOut, LARGE_STEPS, SUBMODULE_STEPS } from "./trait-steps.ts";
import type { TreeStep } from "./tree-steps.ts";
import { carries, readingViolations } from "./unchanged.ts";
import { wipViolations } from "./wip.ts";

export interface SequenceResult {
  seed: number;
  steps: number;
  crashes: number;
  /** Kind of step → how often it did something. */
  done: Record<string, number>;
  /** Exit code and first sentence of each command that did not succeed → how often. */
  refusals: Record<string, number>;
  /** Kinds of command that a run of many sequences must have seen succeed. */
  wanted: readonly string[];
  /** What went wrong; none when all is well. */
  violations: string[];
  /** Every step in words, for whoever looks at a failure. */
  log: string[];
  milliseconds: number;
}

const STEPS = 34;
const CRASHES = 0.18;
const DOCUMENTED = [0, 1, 2, 3, 4];

export async function runSequence(seed: number): Promise<SequenceResult> {
  const began = Date.now();
  const result: SequenceResult = {
    seed,
    steps: 0,
    crashes: 0,
    done: {},
    refusals: {},
    wanted: MUST_SUCCEED,
    violations: [],
    log: [],
    milliseconds: 0,
  };
  const model = await createModel(seed);
  try {
    await walk(model, result);
  } catch (error) {
    result.violations.push(`the sequence broke: ${error instanceof Error ? error.stack : String(error)}`);
  } finally {
    if (process.env["AGENT_VM_MODEL_KEEP"] !== "1" || result.violations.length === 0) model.world.remove();
    else result.log.push(`kept: ${model.hostHome} and ${model.guestHome}`);
  }
  return { ...result, milliseconds: Date.now() - began };
}

const count = (into: Record<string, number>, name: string) => {
  into[name] = (into[name] ?? 0) + 1;
};

async function walk(model: Model, result: SequenceResult): Promise<void> {
  const tools = availableSteps(model);
  const cleaned: Cleaned = new Map();
  let debts: Debts = new Map();
  while (result.steps < STEPS && result.violations.length === 0) {
    result.steps += 1;
    const kind = result.steps === 1 ? "tool" : model.random.weighted(KINDS).name;
    if (kind === "guest") treeStep(model, result, "guest");
    else if (kind === "host") treeStep(model, result, "host");
    else debts = await toolStep(model, result, { tools, debts, cleaned });
  }
}

const KINDS = [
  { name: "guest", weight: 42 },
  { name: "host", weight: 16 },
  { name: "tool", weight: 42 },
];

const hasTrait = ({ traits }: Model): boolean => traits.submodules > 0 || traits.large !== "";

export const availableSteps = (model: Model): ToolStep[] =>
  TOOL_STEPS.filter((step) => hasCommand(model.world.ctx, step.words[0] ?? "", step.option)).map((step) =>
    hasTrait(model) && OFTEN.includes(step.name) ? { ...step, weight: 2 * step.weight } : step,
  );

/** Work that lies beside the commits is alone in a workspace that is new, and comes with the branch or before it. */
const OFTEN = ["clean", "fetch --accept-risk"];

function treeStep(model: Model, result: SequenceResult, side: "guest" | "host"): void {
  const wanted = model.random.chance(0.75) ? BRANCHES[0] : BRANCHES[1];
  const branch = [wanted, ...BRANCHES].find((one) => workspaceOf(model, one) !== undefined) ?? wanted;
  const top = side === "guest" ? workspaceOf(model, branch) : model.repo;
  if (top === undefined) return;
  const general = side === "guest" ? GUEST_STEPS : HOST_STEPS;
  const { directory, steps } = placeOfStep(model, top, general);
  // What cannot be done at this moment is chosen again: a sequence of refusals finds nothing.
  for (let tries = 0; tries < 4; tries += 1) {
    if (actIn(model, result, { side, branch, directory, step: model.random.weighted(steps) })) return;
  }
}

/** In a repository with more than its own commits mostly what concerns that: 34 steps are few. */
function placeOfStep(model: Model, top: string, general: readonly TreeStep[]) {
  const { random, traits } = model;
  if (traits.large === "outside" && random.chance(0.5)) return { directory: top, steps: LARGE_STEPS };
  if (traits.submodules === 0) return { directory: top, steps: general };
  const all = checkedOut(top);
  if (random.chance(0.5))
    return { directory: random.pick(all.slice(0, traits.submodules)), steps: SUBMODULE_STEPS };
  const directory = random.chance(0.4) ? top : random.pick(all);
  const large = traits.large === "inside" && directory !== top && random.chance(0.5);
  return { directory, steps: large ? LARGE_STEPS : general };
}

interface Act {
  side: "guest" | "host";
  branch: string;
  directory: string;
  step: TreeStep;
}

/** By how deep its git directory lies. */
const WHERE = ["", "", " submodule", " inner submodule"];

function actIn(model: Model, result: SequenceResult, { side, branch, directory, step }: Act): boolean {
  // After a crash git itself asks for this; nothing of git runs now.
  for (const name of ["index.lock", "HEAD.lock"]) rmSync(join(gitDirOf(directory), name), { force: true });
  const did = step.act(model, directory);
  const where = WHERE[gitDirOf(directory).split("/modules/").length] ?? "";
  result.log.push(
    `${result.steps} ${side === "host" ? side : `guest ${branch}`}${where}: ${step.name}: ${did || "nothing"}`,
  );
  if (did !== "") count(result.done, `${side}${where} ${step.name}`);
  return did !== "";
}

interface Moment {
  tools: readonly ToolStep[];
  debts: Debts;
  cleaned: Cleaned;
}

async function toolStep(model: Model, result: SequenceResult, moment: Moment): Promise<Debts> {
  const { random } = model;
  const tools = result.steps === 1 ? TOOL_STEPS.slice(0, 1) : moment.tools;
  const { step, ...line } = chooseCommand(model, tools, (branch) => moment.cleaned.has(branch));
  const crash = random.chance(CRASHES) ? chooseCrash(model) : undefined;
  const before = whatIsKept(model);
  const debts = owedNow(moment.debts, before);
  const host = lookAtHost(model);
  const done = await execute(model, line.argv, crash);
  const after = whatIsKept(model);
  const hostNow = lookAtHost(model);
  const doing = { argv: line.argv, branch: line.branch, exit: done.killed ? undefined : done.exit };
  const both = { before: host, after: hostNow, kept: after, doing };
  for (const what of doneBeside(both, before)) count(result.done, what);
  tell(result, step, { line: line.argv, done, crash: crash && JSON.stringify(crash) });
  result.violations.push(
    ...lost(debts, after, carries(doing)),
    ...hostViolations(host.own, hostNow.own.seen, after, doing),
    ...(model.traits.submodules > 0 ? submoduleViolations(model, both) : []),
    ...(model.traits.large ? largeViolations(model, both) : []),
    ...wrongExit(done),
    ...readingViolations(step, doing, before, after),
    ...wipViolations(doing, after, placeOf(model, line.branch)),
    ...restoreViolations(moment.cleaned, doing, before, after),
  );
  return debts;
}

function placeOf(model: Model, branch: string): string | undefined {
  const place = workspaceOf(model, branch);
  return place === undefined ? undefined : basename(place);
}

function tell(
  result: SequenceResult,
  step: ToolStep,
  what: { line: string[]; done: Executed; crash: string | undefined },
): void {
  const { done } = what;
  const end = done.killed ? `killed ${what.crash}` : `exit ${done.exit} ${done.text.join(" | ")}`;
  result.log.push(`${result.steps} agent-vm ${what.line.join(" ")}: ${end}`);
  if (done.killed) {
    result.crashes += 1;
    count(result.done, `crash of ${step.name}`);
  } else if (done.exit === 0) count(result.done, step.name);
  else count(result.refusals, `${step.name}: ${done.exit} ${(done.text[0] ?? "").replaceAll(/\d+/g, "N")}`);
}

function wrongExit(done: Executed): string[] {
  if (done.killed || DOCUMENTED.includes(done.exit)) return [];
  return [`exit code ${done.exit}: ${done.text.join("\n")}`];
}
