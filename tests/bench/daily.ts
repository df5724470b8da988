// Everyday commands as a user starts them, against what lies beneath: node alone, raw ssh, raw git. Interleaved, medians.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { unmount } from "../../src/domain/mount/unmount.ts";
import { writeRecord } from "../../src/domain/vm/record.ts";
import { parseBranch } from "../../src/domain/workspace/branch.ts";
import { prepareWorkspace } from "../../src/domain/workspace/prepare.ts";
import { reserveWorkspace } from "../../src/domain/workspace/registry.ts";
import { findRepository } from "../../src/domain/workspace/repository.ts";
import { gitSshCommand, gitUrl } from "../../src/target.ts";
import { commit, createWorld, git } from "../integration/guest.ts";
import { buildProgram } from "../integration/program.ts";
import { median } from "./measure.ts";

const ROUNDS = 5 * Number(process.argv[2] ?? 3);
const world = await createWorld();
const program = buildProgram();
const { paths } = world.ctx;
const target = await world.ctx.target();
const env = {
  ...world.ctx.env,
  AGENT_VM_NAME: paths.vm,
  AGENT_VM_PROGRAM_DIR: world.ctx.programDir,
  GIT_SSH_COMMAND: gitSshCommand(target),
};

/** The built program knows the VM by its own name, and finds it up over the connection that lives. */
async function prepare(): Promise<void> {
  mkdirSync(dirname(paths.sshConfig), { recursive: true, mode: 0o700 });
  const config = readFileSync(target.configFile, "utf8")
    .replaceAll("test-guest ", `${paths.vm} `)
    .replace("test-guest-admin", `${paths.vm}-admin`);
  writeFileSync(paths.sshConfig, config);
  await writeRecord(paths, {
    ...{ phase: "ready", limaHome: "/", image: "x", accel: "tcg", vcpu: 1, memory: 1, disk: 1 },
    ...{ createdAt: "2026-01-01T00:00:00.000Z", profile: "guarded" },
  });
}

/** Milliseconds. */
function time(argv: readonly string[]): number {
  const [file = "", ...args] = argv;
  const since = process.hrtime.bigint();
  const { status, stderr } = spawnSync(file, args, { cwd: world.repo, env, encoding: "utf8" });
  const spent = Number(process.hrtime.bigint() - since) / 1e6;
  if (status !== 0) throw new Error(`${argv.join(" ")}: ${status}\n${stderr}`);
  return spent;
}

const ms = (value: number) => `${value.toFixed(0)} ms`.padStart(9);
function row(what: string, ours: number, base: number): void {
  const ratio = base > 0 ? `${(ours / base).toFixed(2)} ×` : "";
  console.log(`${what.padEnd(44)}${ms(ours)}${ms(base)}${ratio.padStart(9)}`);
}

type Work = () => readonly string[];

/** Both in turn, after one round that does not count; `base` is the sum of what lies beneath. */
function compare(what: string, ours: Work, base: readonly Work[], before = () => {}): void {
  const found: { ours: number[]; base: number[] } = { ours: [], base: [] };
  for (let round = 0; round <= ROUNDS; round++) {
    before();
    const beneath = base.reduce((sum, work) => sum + time(work()), 0);
    before();
    const spent = time(ours());
    if (round === 0) continue;
    found.ours.push(spent);
    found.base.push(beneath);
  }
  row(what, median(found.ours), median(found.base));
}

const node = () => [process.execPath, "-e", "0"];
const ssh = () => ["ssh", "-F", paths.sshConfig, paths.vm, "true"];
const ours =
  (...args: string[]): Work =>
  () => [...program.self, ...args];

async function statuses(): Promise<void> {
  const repo = await findRepository(world.ctx);
  let made = 1;
  for (const many of [1, 10, 100]) {
    for (; made < many; made++) {
      git(world.repo, "branch", `s${made}`, "work");
      const branch = await parseBranch(world.ctx, `s${made}`);
      const { dir } = await reserveWorkspace(world.ctx, { repoName: repo.name, repoId: repo.id, branch });
      cpSync(world.at("shop-work"), world.at(dir), { recursive: true, preserveTimestamps: true });
      git(world.at(dir), "branch", "-m", `s${made}`);
    }
    compare(`status, ${many} workspaces / ssh + node`, ours("status"), [node, ssh]);
  }
}

function pushAndFetch(): void {
  const raw = world.at("raw");
  git(dirname(raw), "clone", "-q", world.at("shop-work"), raw);
  git(raw, "config", "receive.denyCurrentBranch", "updateInstead");
  const url = gitUrl(target, "raw");
  const push = () => ["git", "push", "-q", url, "work:refs/heads/work"];
  const fetch = () => ["git", "fetch", "-q", "--no-tags", url, "+work:refs/raw/work"];
  compare("push, nothing new / git push + node", ours("push", "work"), [node, push]);
  compare("fetch, nothing new / git fetch + node", ours("fetch", "work"), [node, fetch]);
  let nth = 0;
  const onHost = () => void commit(world.repo, { "host.txt": `${nth++}` });
  compare("push of a commit / git push + node", ours("push", "work"), [node, push], onHost);
  const inGuest = () => {
    for (const at of [world.at("shop-work"), raw]) commit(at, { "guest.txt": `${nth++}` }, `by ${at}`);
  };
  git(world.repo, "checkout", "-q", "main");
  compare("fetch of a commit / git fetch + node", ours("fetch", "work"), [node, fetch], inGuest);
}

/** AGENT_VM_BENCH_DETAIL=1: every program of one call, with its time. */
function detail(...args: string[]): void {
  if (process.argv[3] !== "detail") return;
  const [file = "", ...words] = [...program.self, "--verbose", ...args];
  const since = Date.now();
  const { stderr } = spawnSync(file, words, { cwd: world.repo, env, encoding: "utf8" });
  console.log(`${args.join(" ")}: ${Date.now() - since} ms\n${stderr}`);
}

try {
  await prepare();
  git(world.repo, "checkout", "-q", "-b", "work");
  await prepareWorkspace(world.ctx, "work");
  console.log(`${"median of each, in turn".padEnd(44)}${"ours".padStart(9)}${"beneath".padStart(9)}`);
  compare("--version / node", ours("--version"), [node]);
  compare("--help / node", ours("--help"), [node]);
  time(ours("connect", "work", "--", "true")());
  detail("connect", "work", "--", "true");
  detail("ps");
  compare("connect work -- true / ssh + node", ours("connect", "work", "--", "true"), [node, ssh]);
  compare("ps / ssh + node", ours("ps"), [node, ssh]);
  pushAndFetch();
  await statuses();
} finally {
  await unmount(world.ctx).catch(() => undefined);
  world.remove();
  program.remove();
}
