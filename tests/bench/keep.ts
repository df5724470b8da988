// What `clean` saves and `restore` brings back of large workspaces: many changed files, much that is untracked, a large LFS file.
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { cleanBranch } from "../../src/domain/sync/save/clean.ts";
import { restore } from "../../src/domain/sync/save/restore.ts";
import { pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { createWorld, git, type World } from "../integration/guest.ts";
import { child, measured, type Step } from "./apart.ts";
import { largeFile } from "./beside.ts";
import { makeWide } from "./repository.ts";

/** Changed files and their bytes; MiB of what is untracked, and of the LFS file. None of either leaves that out. */
const [FILES = 10_000, EACH = 100, MEGABYTES = 64] = (process.argv[4] || "10000:100:64")
  .split(":")
  .map(Number);
const DETAIL = process.argv[3] === "detail";
const BRANCH = "work";
const MiB = 1024 * 1024;

const STEPS: Record<string, Step> = {
  "first push": (ctx) => pushToWorkspace(ctx, BRANCH),
  clean: (ctx) => cleanBranch(ctx, BRANCH, false),
  restore: (ctx) => restore(ctx, { branch: BRANCH }),
};

/** A word without its numbers. */
const shape = (word = "") => word.replaceAll(/[\d.]+|[KM]iB/g, "");
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`.padStart(10);

async function run(world: World, repo: string, { name, step }: { name: string; step: string }) {
  const found = await measured(world, repo, step);
  const cells = [
    seconds(found.ms),
    seconds(found.cpu),
    seconds(found.guest),
    `${found.memory.toFixed(0)} MiB`.padStart(10),
  ];
  console.log([`${name}: ${step}`.padEnd(50), ...cells, seconds(found.silent)].join(" "));
  if (DETAIL)
    console.log(found.words.filter((word, at) => shape(word) !== shape(found.words[at - 1])).join("\n"));
}

/** Every path with its content, in one sum. */
const sumOf = (at: string): string =>
  execFileSync(
    "sh",
    ["-c", "find . -path ./.git -prune -o -type f -print0 | sort -z | xargs -0 cksum | cksum"],
    {
      cwd: at,
      encoding: "utf8",
    },
  );

async function keep(
  world: World,
  name: string,
  { repo, work }: { repo: string; work: (at: string) => void },
) {
  git(repo, "branch", "-f", BRANCH);
  await run(world, repo, { name, step: "first push" });
  const at = world.at(`${basename(repo)}-${BRANCH}`);
  work(at);
  const before = sumOf(at);
  await run(world, repo, { name, step: "clean" });
  await run(world, repo, { name, step: "restore" });
  if (sumOf(at) !== before) throw new Error(`${name}: it did not come back as it was`);
  for (const gone of [repo, at, join(world.hostHome, ".local")])
    rmSync(gone, { recursive: true, force: true });
}

function appendToAll(at: string): void {
  const script = `find tree -type f -exec sh -c 'for f do echo work >>"$f"; done' sh {} +`;
  execFileSync("sh", ["-c", script], { cwd: at });
}

/** One half in files of 128 MiB or less, the other in files of 20 KiB. */
function addUntracked(at: string): void {
  const half = (MEGABYTES / 2) * MiB;
  const large = Math.min(128 * MiB, half / 2);
  for (let nth = 0; nth * large < half; nth += 1) writeFileSync(join(at, `big${nth}`), randomBytes(large));
  const small = 20 * 1024;
  for (let nth = 0; nth * small < half; nth += 1) {
    if (nth < 300) mkdirSync(join(at, `small/d${nth}`), { recursive: true });
    writeFileSync(join(at, `small/d${nth % 300}/f${nth}`), randomBytes(small));
  }
}

async function all(world: World): Promise<void> {
  const wide = (name: string, files: number) => makeWide(join(world.hostHome, name), { files, bytes: EACH });
  if (FILES > 0)
    await keep(world, `${FILES} changed files`, { repo: await wide("wide", FILES), work: appendToAll });
  if (MEGABYTES === 0) return;
  await keep(world, `${MEGABYTES} MiB untracked`, { repo: await wide("new", 1000), work: addUntracked });
  const { name, repo } = largeFile(world, MEGABYTES);
  await keep(world, name, { repo, work: (at) => writeFileSync(join(at, "loose"), "loose\n") });
}

if (process.argv[2] === "child") {
  const step = STEPS[process.argv[3] ?? ""];
  if (step) await child(step, JSON.parse(process.argv[4] ?? ""));
} else {
  const world = await createWorld();
  try {
    mkdirSync(join(world.guestHome, "workspace"), { recursive: true });
    console.log(
      ["".padEnd(50), ...["time", "host", "guest", "memory", "silent"].map((word) => word.padStart(10))].join(
        " ",
      ),
    );
    await all(world);
  } finally {
    world.remove();
  }
}
