// cp against scp and `tar | ssh` over the same warm connection: interleaved, medians; and the memory that 1 GB takes.
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { copy } from "../../src/domain/copy/copy.ts";
import { prepareWorkspace } from "../../src/domain/workspace/prepare.ts";
import { createWorld, git } from "../integration/guest.ts";
import { median } from "./measure.ts";

const ROUNDS = Number(process.argv[2] ?? 3);
const MB = 1_000_000;
const FILES = 2000;
const LARGE = 1000 * MB;

const world = await createWorld();
git(world.repo, "branch", "work");
await prepareWorkspace(world.ctx, "work");
const there = world.at("shop-work");
const here = join(world.hostHome, "here");
mkdirSync(here);
const config = (await world.ctx.target()).configFile;

function plant(directory: string): void {
  writeFileSync(join(directory, "big"), Buffer.alloc(200 * MB, "0123456789abcdef\n"));
  for (let at = 0; at < FILES; at += 1) {
    const folder = join(directory, "tree", String(at % 100));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `file-${at}.ts`), "line of a file\n".repeat(560));
  }
}

const shell = (line: string) =>
  execFileSync("sh", ["-c", line], { cwd: here, stdio: ["ignore", "ignore", "inherit"] });
const cp = (...words: string[]) =>
  copy({ ...world.ctx, cwd: here, flags: { yes: true, repo: world.repo } }, words, {
    force: false,
    streams: { input: Readable.from([]), write: async () => undefined, toTerminal: false },
  });
const ssh = `ssh -F '${config}' test-guest`;
const scp = `scp -q -F '${config}'`;
const REMOTE = there;

type Way = "cp" | "tar | ssh" | "scp";
const WORK: Record<string, Record<Way, () => unknown>> = {
  "200 MB, out": {
    cp: () => cp("work:big", "new"),
    "tar | ssh": () => shell(`mkdir new && ${ssh} tar -C ${REMOTE} -cf - big | tar -C new -xf -`),
    scp: () => shell(`${scp} test-guest:${REMOTE}/big new`),
  },
  "200 MB, in": {
    cp: () => cp("big", "work:new"),
    "tar | ssh": () => shell(`tar -cf - big | ${ssh} 'mkdir ${REMOTE}/new && tar -C ${REMOTE}/new -xf -'`),
    scp: () => shell(`${scp} big test-guest:${REMOTE}/new`),
  },
  "2,000 files, out": {
    cp: () => cp("work:tree", "new"),
    "tar | ssh": () => shell(`mkdir new && ${ssh} tar -C ${REMOTE} -cf - tree | tar -C new -xf -`),
    scp: () => shell(`${scp} -r test-guest:${REMOTE}/tree new`),
  },
  "2,000 files, in": {
    cp: () => cp("tree", "work:new"),
    "tar | ssh": () => shell(`tar -cf - tree | ${ssh} 'mkdir ${REMOTE}/new && tar -C ${REMOTE}/new -xf -'`),
    scp: () => shell(`${scp} -r tree test-guest:${REMOTE}/new`),
  },
};

const clear = () => {
  for (const directory of [here, there]) rmSync(join(directory, "new"), { recursive: true, force: true });
};

/** Seconds. */
async function timed(work: () => unknown): Promise<number> {
  const since = process.hrtime.bigint();
  await work();
  const seconds = Number(process.hrtime.bigint() - since) / 1e9;
  clear();
  return seconds;
}

async function table(): Promise<void> {
  console.log(
    [
      "".padEnd(18),
      ...["cp", "tar | ssh", "scp", "cp / tar", "cp / scp"].map((one) => one.padStart(11)),
    ].join(""),
  );
  for (const [name, ways] of Object.entries(WORK)) {
    const seconds: Record<Way, number[]> = { cp: [], "tar | ssh": [], scp: [] };
    for (let round = 0; round < ROUNDS; round += 1)
      for (const way of Object.keys(seconds) as Way[]) seconds[way].push(await timed(ways[way]));
    const [own, tar, plain] = (["cp", "tar | ssh", "scp"] as const).map((way) => median(seconds[way])) as [
      number,
      number,
      number,
    ];
    const cells = [
      ...[own, tar, plain].map((one) => `${one.toFixed(2)} s`),
      ...[own / tar, own / plain].map((one) => `${one.toFixed(2)} ×`),
    ];
    console.log(name.padEnd(18) + cells.map((cell) => cell.padStart(11)).join(""));
  }
}

/** How much this program grew at most while it worked. */
async function growth(work: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 50);
  await work();
  clearInterval(timer);
  clear();
  return (most - before) / MB;
}

async function memory(): Promise<void> {
  for (const directory of [here, there]) {
    writeFileSync(join(directory, "big"), "");
    execFileSync("truncate", ["-s", String(LARGE), join(directory, "big")]);
  }
  console.log(`\nmemory for 1 GB: out ${(await growth(() => cp("work:big", "new"))).toFixed(0)} MB more`);
  console.log(`                 in  ${(await growth(() => cp("big", "work:new"))).toFixed(0)} MB more`);
}

try {
  for (const directory of [here, there]) plant(directory);
  await table();
  await memory();
} finally {
  world.remove();
}
