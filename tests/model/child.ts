// The tool as a process of its own, which kills itself at a chosen call of another program: `kill -9`, replayable.
import type { Run } from "../../src/io/run.ts";
import type { Target } from "../../src/target.ts";
import { createContext } from "../integration/guest.ts";
import { runCommand, withSettings } from "./command.ts";

/** When it ends: around the n-th call of another program, or that many milliseconds after the call began. */
export interface Crash {
  call: number;
  when: "before" | "after" | "during";
  milliseconds: number;
  /** The programs that it started end with it, as at a power failure. */
  group: boolean;
}

export interface ChildOrder {
  hostHome: string;
  repo: string;
  /** Where the tool's own data lies. */
  programDir: string;
  target: Target;
  argv: string[];
  crash?: Crash;
}

const order = JSON.parse(process.env["AGENT_VM_MODEL_ORDER"] ?? "") as ChildOrder;
const said: string[] = [];
const plain = withSettings(createContext({ ...order, said }));
const result = await runCommand(
  { ...plain, programDir: order.programDir, run: crashing(plain.run, order.crash) },
  order.argv,
);
process.stdout.write(JSON.stringify({ ...result, said }));

function crashing(run: Run, crash: Crash | undefined): Run {
  if (crash === undefined) return run;
  let calls = 0;
  const end = () => process.kill(crash.group ? -process.pid : process.pid, "SIGKILL");
  return async (argv, options) => {
    calls += 1;
    if (calls !== crash.call) return run(argv, options);
    if (crash.when === "before") end();
    if (crash.when === "during") setTimeout(end, crash.milliseconds);
    const result = await run(argv, options);
    if (crash.when === "after") end();
    return result;
  };
}
