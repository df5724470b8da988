// One command of the tool, in this process or in one of its own that is killed on the way.
import { spawn } from "node:child_process";
import type { ChildOrder, Crash } from "./child.ts";
import { type Outcome, runCommand } from "./command.ts";
import type { Model } from "./model.ts";
import { settled } from "./settle.ts";

export interface Executed extends Outcome {
  /** It was killed before it could end. */
  killed: boolean;
}

export async function execute(model: Model, argv: string[], crash: Crash | undefined): Promise<Executed> {
  if (crash) return crashed(model, argv, crash);
  const outcome = await runCommand(model.world.ctx, argv);
  return { ...outcome, killed: false };
}

async function crashed(model: Model, argv: string[], crash: Crash): Promise<Executed> {
  const program = process.env["AGENT_VM_MODEL_CHILD"] ?? "";
  const { hostHome, repo, world } = model;
  const { programDir } = world.ctx;
  const target = await world.ctx.target();
  const order: ChildOrder = { hostHome, repo, programDir, target, argv, crash };
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: hostHome,
    AGENT_VM_MODEL_ORDER: JSON.stringify(order),
  };
  // A session of its own, so that the whole group can be killed and waited for.
  const child = spawn(process.execPath, [program], {
    env,
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let answer = "";
  child.stdout.on("data", (chunk: Buffer) => {
    answer += chunk.toString("utf8");
  });
  const signal = await new Promise<string | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (_, name) => resolve(name));
  });
  await settled(child.pid ?? 0);
  if (signal === "SIGKILL") return { exit: -1, text: [], killed: true };
  if (answer === "") throw new Error(`the child said nothing: ${argv.join(" ")}`);
  return { ...(JSON.parse(answer) as Outcome), killed: false };
}

/** Where a command will die: early calls more often, because most commands make few. */
export function chooseCrash(model: Model): Crash {
  const { random } = model;
  return {
    call: 1 + Math.min(random.below(20), random.below(30)),
    when: random.pick(["before", "after", "during"]),
    milliseconds: random.below(30),
    group: random.chance(0.4),
  };
}
