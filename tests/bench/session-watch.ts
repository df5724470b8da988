// `status --watch` with 50 workspaces: the processor's time on the host and in the guest while nothing changes, and the
// time from a change in a workspace to the line that shows it. The program is the built one's code, in this process.
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "../../src/context.ts";
import type { Facts } from "../../src/domain/watch/facts.ts";
import { follow } from "../../src/domain/watch/follow.ts";
import { screenful } from "../../src/domain/watch/screenful.ts";
import { statusView } from "../../src/domain/watch/status-view.ts";
import { prepareWorkspace } from "../../src/domain/workspace/prepare.ts";
import { screenText } from "../../src/io/live-screen.ts";
import { commit, createWorld, git, placesOf, type World } from "../integration/guest.ts";
import { median } from "./measure.ts";

const ROUNDS = Number(process.argv[2] ?? 3);
const COUNT = 50;
const FILES = 400;
/** Seconds of looking on. */
const IDLE = 30;
/** At least a minute of them, so that the look at everything comes between. */
const CHANGES = 40;

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function plant(world: World): Promise<void> {
  commit(
    world.repo,
    Object.fromEntries(Array.from({ length: FILES }, (_, at) => [`src/${at % 20}/${at}.ts`, `${at}\n`])),
  );
  await prepareWorkspace(world.ctx, "work");
  const map = JSON.parse(readFileSync(world.ctx.paths.workspaces, "utf8"));
  for (let at = 1; at < COUNT; at++) {
    const [branch, dir] = [`feature-${at}`, `shop-feature-${at}`];
    git(world.repo, "branch", branch, "work");
    execFileSync("cp", ["-a", world.at("shop-work"), world.at(dir)]);
    git(world.at(dir), "checkout", "-q", "-b", branch);
    map.workspaces.push({ ...map.workspaces[0], dir, branch });
  }
  writeFileSync(world.ctx.paths.workspaces, JSON.stringify(map));
}

/** Seconds of the processor that living processes whose command line holds a word have used, with what they waited for. */
function used(word: string): number {
  let ticks = 0;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      if (
        !readFileSync(`/proc/${pid}/cmdline`, "utf8")
          .split("\0")
          .some((one) => one.startsWith(word))
      )
        continue;
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      for (const at of [11, 12, 13, 14]) ticks += Number(fields[at]);
    } catch {
      // It has ended meanwhile.
    }
  }
  return ticks / 100;
}

/** The overview as on a terminal of 80 columns; `shown` is what is on it. */
function watching(world: World, ctx: Context, signal: AbortSignal): { shown(): string; work: Promise<void> } {
  let text = "";
  const draw = (facts: Facts) => {
    const view = statusView(facts, { vm: ctx.paths.vm, columns: 80, now: Date.now() / 1000 });
    text = screenText(screenful(view, { columns: 80, rows: 60 }, 0).lines, true);
  };
  const reach = async () => ({ state: "running" as const, target: await world.ctx.target() });
  const work = follow(ctx, { trees: true, lines: false, sizes: true, reach, onFacts: draw, signal });
  return { shown: () => text, work };
}

const world = await createWorld();
try {
  await plant(world);
  const over = new AbortController();
  const { shown, work } = watching(world, world.ctx, over.signal);
  const until = async (what: () => boolean) => {
    while (!what()) await wait(5);
  };
  const began = performance.now();
  await until(() => (shown().match(/ equal /g)?.length ?? 0) === COUNT);
  console.log(
    `first overview of ${COUNT} workspaces    ${((performance.now() - began) / 1000).toFixed(2)} s`,
  );
  await until(() => (shown().match(/ MB/g)?.length ?? 0) >= COUNT);
  await wait(5000);

  const host: number[] = [];
  const guest: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = { own: process.cpuUsage(), ssh: used("ControlPath=none"), perl: used("perl") };
    await wait(IDLE * 1000);
    const own = process.cpuUsage(before.own);
    host.push(((own.user + own.system) / 1e6 + used("ControlPath=none") - before.ssh) / IDLE);
    guest.push((used("perl") - before.perl) / IDLE);
  }
  const percent = (values: readonly number[]) => `${(median(values) * 100).toFixed(2)} %`;
  console.log(`host CPU while nothing changes    ${percent(host)}   aim ≤ 1 %`);
  console.log(`guest CPU while nothing changes   ${percent(guest)}`);

  const delays: number[] = [];
  for (let change = 1; change <= CHANGES; change++) {
    await wait(1500);
    const since = performance.now();
    writeFileSync(world.at(`shop-feature-${change}`, "src/1/new.ts"), "1");
    const row = new RegExp(`feature-${change} [^\\n]*\\?1 `);
    await until(() => row.test(shown()));
    delays.push(performance.now() - since);
  }
  const ms = (value: number) => `${value.toFixed(0)} ms`;
  console.log(
    `a changed file until it is shown  ${ms(median(delays))}, slowest ${ms(Math.max(...delays))}   aim ≤ 2 s`,
  );
  over.abort();
  await work;
} finally {
  spawnSync("tmux", ["-S", join(placesOf(world.guestHome), "tmux"), "kill-server"]);
  world.remove();
}
