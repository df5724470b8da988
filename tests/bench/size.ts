// Large repositories: each command as a process of its own, with its time, its memory and how long it said nothing.
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { copy } from "../../src/domain/copy/copy.ts";
import { fetchBranch } from "../../src/domain/sync/fetch/fetch.ts";
import { cleanBranch } from "../../src/domain/sync/save/clean.ts";
import { restore } from "../../src/domain/sync/save/restore.ts";
import { describeWorkspaces } from "../../src/domain/workspace/describe.ts";
import { prepareWorkspace, pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { createWorld, git, type World } from "../integration/guest.ts";
import { child, type Measured, measured, type Step } from "./apart.ts";
import { GRANTED, makeBeside } from "./beside.ts";
import { makeWide } from "./repository.ts";

/** How many files, each measured by itself: what grows faster than these numbers is a fault. */
const SIZES = (process.argv[4] || "1000,10000").split(",").map((size) => size.split(":").map(Number));
const DETAIL = process.argv[3] === "detail";
const EACH = 10_000;
const BRANCH = "work";
const LARGE_FILE = 64;

const nothing = { input: process.stdin, write: async () => undefined, toTerminal: false };

const STEPS: Record<string, Step> = {
  "first push": (ctx) => pushToWorkspace(ctx, BRANCH),
  "push of a commit": (ctx) => pushToWorkspace(ctx, BRANCH),
  "push of as many files": (ctx) => pushToWorkspace(ctx, BRANCH),
  connect: (ctx) => prepareWorkspace(ctx, BRANCH),
  status: describeWorkspaces,
  "status, all changed": describeWorkspaces,
  "status, as many untracked": describeWorkspaces,
  "fetch of all": (ctx) => fetchBranch(ctx, BRANCH, { acceptRisk: true }),
  "cp to the VM": (ctx) => copy(ctx, ["tree", `${BRANCH}:sent`], { force: false, streams: nothing }),
  "cp from the VM": (ctx) => copy(ctx, [`${BRANCH}:tree`, "../brought"], { force: false, streams: nothing }),
  "push --carry": (ctx) => pushToWorkspace(ctx, BRANCH, "plain", { carry: "keep" }),
  clean: (ctx) => cleanBranch(ctx, BRANCH, false),
  restore: (ctx) => restore(ctx, { branch: BRANCH }),
};

/** What the agent does with every file, and files of its own that git does not track. */
function edit(at: string, text: string): void {
  const script = `find tree -type f -exec sh -c 'for f do printf "%s\\n" "$0" >>"$f"; done' "$0" {} +`;
  execFileSync("sh", ["-c", script, text], { cwd: at });
}

const rows: string[][] = [];
const before = new Map<string, number>();

function note(what: string, step: string, { ms, cpu, memory, silent, words }: Measured): void {
  const each = before.get(step);
  before.set(step, ms);
  const grown = each === undefined ? "" : `${(ms / each).toFixed(1)} ×`;
  rows.push([
    `${what}: ${step}`,
    `${(ms / 1000).toFixed(1)} s`,
    `${(cpu / 1000).toFixed(1)} s`,
    grown,
    `${memory.toFixed(0)} MiB`,
    `${(silent / 1000).toFixed(1)} s`,
  ]);
  print();
  if (DETAIL)
    console.log(
      words
        .filter((word, at) => word !== words[at - 1])
        .slice(-40)
        .join("\n"),
    );
}

const WIDTHS = [42, 10, 10, 10, 10, 8];
function print(): void {
  for (const row of rows.splice(0)) {
    const cells = row.map((cell, at) => (at === 0 ? cell.padEnd(42) : cell.padStart(WIDTHS[at] ?? 0)));
    console.log(cells.join(" ").trimEnd());
  }
}

async function ofSize(world: World, files: number, bytes: number): Promise<void> {
  const repo = await makeWide(join(world.hostHome, `wide${files}`), { files, bytes });
  git(repo, "checkout", "-q", "-b", BRANCH);
  // The scan leaves out what a remote has.
  git(repo, "update-ref", "refs/remotes/origin/main", "main");
  const at = world.at(`wide${files}-${BRANCH}`);
  const run = async (step: string) => note(`${files} files`, step, await measured(world, repo, step));
  await run("first push");
  writeFileSync(join(repo, "one"), "one\n");
  git(repo, "add", "one");
  git(repo, "commit", "-q", "-m", "one");
  await run("push of a commit");
  cpSync(join(repo, "tree"), join(repo, "more"), { recursive: true });
  edit(repo, "host");
  git(repo, "add", "-A");
  git(repo, "commit", "-q", "-m", "as many");
  git(repo, "update-ref", "refs/remotes/origin/main", BRANCH);
  await run("push of as many files");
  await run("connect");
  await run("status");
  edit(at, "agent");
  await run("status, all changed");
  git(at, "commit", "-q", "-a", "-m", "all");
  // The branch is checked out: its files follow.
  await run("fetch of all");
  await run("cp to the VM");
  await run("cp from the VM");
  edit(at, "work");
  cpSync(join(at, "tree"), join(at, "loose"), { recursive: true });
  await run("status, as many untracked");
  await run("clean");
  await run("restore");
  for (const gone of [repo, at, join(world.hostHome, "brought")])
    rmSync(gone, { recursive: true, force: true });
}

async function besideCommits(world: World): Promise<void> {
  for (const { name, repo, proof } of makeBeside(world, LARGE_FILE)) {
    const at = world.at(`${basename(repo)}-${BRANCH}`);
    before.clear();
    git(repo, "branch", BRANCH);
    for (const step of ["first push", "push --carry", "clean", "restore"]) {
      // Otherwise there is nothing to save, and to restore.
      if (step === "clean") writeFileSync(join(at, "loose"), "loose\n");
      note(name, step, await measured(world, repo, step));
      if (step !== "clean" && !existsSync(join(at, proof)))
        throw new Error(`${name}: ${proof} is not there after "${step}", so the row measures something else`);
    }
  }
}

if (process.argv[2] === "child") {
  const step = STEPS[process.argv[3] ?? ""];
  if (step) await child(step, JSON.parse(process.argv[4] ?? ""), GRANTED);
} else {
  const world = await createWorld();
  try {
    mkdirSync(join(world.guestHome, "workspace"), { recursive: true });
    spawnSync("ssh", ["-F", (await world.ctx.target()).configFile, (await world.ctx.target()).alias, "true"]);
    rows.push(["", "time", "processor", "grown", "memory", "silent"]);
    for (const [files = 0, bytes = EACH] of SIZES) await ofSize(world, files, bytes);
    await besideCommits(world);
  } finally {
    world.remove();
  }
}
