// Everyday commands against a real VM, from the launcher on: in turn with node, raw ssh and bare limactl, medians.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { makeWorld, VM, type World } from "../e2e/world.ts";
import { median } from "./measure.ts";

/** Each takes minutes under emulation. */
const STARTS = Number(process.argv[2] ?? 3);
const ROUNDS = 5 * STARTS;

const ms = (value: number) => `${value.toFixed(0)} ms`.padStart(10);
const row = (what: string, ours: number, base: number) =>
  console.log(`${what.padEnd(44)}${ms(ours)}${ms(base)}${`${(ours / base).toFixed(2)} ×`.padStart(9)}`);

function time({ repo, env }: World, argv: readonly string[]): number {
  const [file = "", ...args] = argv;
  const since = process.hrtime.bigint();
  const { status, stderr } = spawnSync(file, args, { cwd: repo, env, encoding: "utf8" });
  if (status !== 0) throw new Error(`${argv.join(" ")}: ${status}\n${stderr}`);
  return Number(process.hrtime.bigint() - since) / 1e6;
}

async function ok(work: ReturnType<World["agentVm"]>): Promise<void> {
  const { code, all } = await work;
  if (code !== 0) throw new Error(all);
}

function warmCommands(world: World): void {
  const ours = (...args: string[]) => [world.program, "--vm", VM, ...args];
  const node = [process.execPath, "-e", "0"];
  const ssh = ["ssh", "-F", join(world.state, "ssh_config"), VM, "true"];
  const both = [node, ssh];
  const rows: readonly [string, string[], string[][]][] = [
    ["--version / node", ours("--version"), [node]],
    ["--help / node", ours("--help"), [node]],
    ["connect work -- true / ssh + node", ours("connect", "work", "--", "true"), both],
    ["ssh work -- true / ssh + node", ours("ssh", "work", "--", "true"), both],
    ["ps / ssh + node", ours("ps"), both],
    ["status / ssh + node", ours("status"), both],
    ["push, nothing new / ssh + node", ours("push", "work"), both],
    ["fetch, nothing new / ssh + node", ours("fetch", "work"), both],
    ["start of a running VM / ssh + node", ours("start"), both],
  ];
  for (const [what, argv, base] of rows) {
    const found: [number, number][] = [];
    // The first round does not count.
    for (let round = 0; round <= ROUNDS; round++)
      found.push([time(world, argv), base.reduce((sum, one) => sum + time(world, one), 0)]);
    const counted = found.slice(1);
    row(what, median(counted.map(([spent]) => spent)), median(counted.map(([, beneath]) => beneath)));
  }
}

async function starts(world: World): Promise<void> {
  const found: [number, number][] = [];
  for (let round = 0; round < STARTS; round++) {
    await ok(world.agentVm("stop"));
    const ours = time(world, [world.program, "--vm", VM, "start"]);
    await ok(world.agentVm("stop"));
    const since = Date.now();
    await ok(world.limactl(["start", "--tty=false", VM]));
    found.push([ours, Date.now() - since]);
    await ok(world.agentVm("start"));
  }
  row(
    "start of a stopped VM / limactl start",
    median(found.map(([spent]) => spent)),
    median(found.map(([, bare]) => bare)),
  );
}

const world = await makeWorld();
try {
  await ok(world.agentVm("setup", "--yes", "--image", "build"));
  await ok(world.agentVm("connect", "work", "--", "true"));
  console.log(`${"median of each, in turn".padEnd(44)}${"ours".padStart(10)}${"beneath".padStart(10)}`);
  warmCommands(world);
  await starts(world);
} finally {
  await world.agentVm("destroy", "--yes", "--force");
  await world.remove();
}
