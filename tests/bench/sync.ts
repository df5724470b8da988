// Push, fetch and status against raw git over the same ssh connection; interleaved, medians in a table.
import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "../../src/context.ts";
import { parseVmName, pathsFor } from "../../src/domain/paths.ts";
import { fetchBranch } from "../../src/domain/sync/fetch/fetch.ts";
import { parseBranch } from "../../src/domain/workspace/branch.ts";
import { describeWorkspaces } from "../../src/domain/workspace/describe.ts";
import { prepareWorkspace, pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { reserveWorkspace } from "../../src/domain/workspace/registry.ts";
import { findRepository } from "../../src/domain/workspace/repository.ts";
import { gitSshCommand, gitUrl } from "../../src/target.ts";
import { commit, createWorld, git, type World } from "../integration/guest.ts";
import { measure, median, medianOf, programLines, type Sample } from "./measure.ts";
import { makeRepository, type Shape } from "./repository.ts";

const ROUNDS = Number(process.argv[2] ?? 3);
const DETAIL = process.argv[3] === "detail";
const MiB = 1024 * 1024;
const SHAPES: Record<string, Shape> = {
  small: { commits: 6500, files: 400, changed: 1, lines: 26, packed: true },
  big: { commits: 750, files: 2500, changed: 10, lines: 210, packed: false },
};

const rows: string[][] = [];
const ms = (value: number) => `${value.toFixed(value < 100 ? 1 : 0)} ms`;
const times = (value: number) => `${value.toFixed(2)} ×`;

/** Ours against raw: all of it, and its transport and the rest as rows of their own. */
function compare(what: string, ours: readonly Sample[], raw: readonly number[]): void {
  detail(what, ours);
  const base = median(raw);
  const row = (name: string, value: number, trips = "") =>
    rows.push([`${what}: ${name}`, ms(value), ms(base), times(value / base), trips]);
  row("transport", medianOf(ours, "transport"));
  row("examination", median(ours.map((one) => one.total - one.transport)));
  row("both", medianOf(ours, "total"), String(medianOf(ours, "trips")));
}

/** AGENT_VM_BENCH_DETAIL=1: every program of the last sample, to see where the time goes. */
function detail(what: string, samples: readonly Sample[]): void {
  const last = samples.at(-1);
  if (!DETAIL || last === undefined) return;
  console.log(`${what}: ${ms(last.total)}\n${programLines(last).join("\n")}`);
}

/** Raw git in the same repository, over the same shared connection. */
async function raw(ctx: Context, ...args: string[]): Promise<number> {
  const target = await ctx.target();
  const env = { ...process.env, ...ctx.env, GIT_SSH_COMMAND: gitSshCommand(target) };
  const since = process.hrtime.bigint();
  const { status, stderr } = spawnSync("git", ["-C", ctx.cwd, ...args], { env, encoding: "utf8" });
  const spent = Number(process.hrtime.bigint() - since) / 1e6;
  if (status !== 0) throw new Error(stderr);
  return spent;
}

/** The shared connection lives on between measurements. */
async function warm(ctx: Context): Promise<void> {
  const { configFile, alias } = await ctx.target();
  execFileSync("ssh", ["-F", configFile, alias, "true"]);
}

/** A host that knows of no workspace, with a repository. */
function freshHost(world: World, repo: string, name: string): Context {
  const env = { ...world.ctx.env, HOME: join(world.hostHome, name) };
  mkdirSync(env.HOME, { recursive: true });
  cpSync(join(world.hostHome, ".gitconfig"), join(env.HOME, ".gitconfig"));
  return {
    ...world.ctx,
    cwd: repo,
    env,
    paths: pathsFor(parseVmName("agent-vm-test"), { uid: world.ctx.uid, env }),
  };
}

/** What `raw git push` finds: an empty repository whose files follow its branch. */
function rawWorkspace(world: World, dir: string, branch: string): string {
  const at = world.at(dir);
  execFileSync("git", ["init", "-q", "-b", branch, at]);
  git(at, "config", "receive.denyCurrentBranch", "updateInstead");
  return at;
}

interface Round {
  first: Sample[];
  second: Sample[];
  rawFirst: number[];
  push: Sample[];
  rawPush: number[];
  fetch: Sample[];
  rawFetch: number[];
  large: Sample[];
  rawLarge: number[];
}

async function oneRound(world: World, repo: string, found: Round, round: number): Promise<void> {
  const name = repo.split("/").at(-1) ?? "";
  const target = await world.ctx.target();
  const ctx = freshHost(world, repo, `host-${name}-${round}`);
  const branch = `work${round}`;
  git(repo, "checkout", "-q", "-b", branch, "main");
  const rawDir = `raw-${round}`;
  const rawAt = rawWorkspace(world, rawDir, branch);
  const url = gitUrl(target, rawDir);
  const refspec = `refs/heads/${branch}`;
  await warm(ctx);
  found.first.push(await measure(ctx, (one) => pushToWorkspace(one, branch)));
  found.rawFirst.push(await raw(ctx, "push", "-q", url, `${refspec}:${refspec}`));
  const other = `other${round}`;
  git(repo, "branch", other, branch);
  found.second.push(await measure(ctx, (one) => pushToWorkspace(one, other)));
  const at = world.at(`${name}-${branch}`);
  for (let nth = 0; nth < 3; nth++) {
    commit(repo, { [`host-${nth}.txt`]: randomBytes(2000).toString("hex") });
    found.push.push(await measure(ctx, (one) => pushToWorkspace(one, branch)));
    found.rawPush.push(await raw(ctx, "push", "-q", url, `${refspec}:${refspec}`));
  }
  // The branch is checked out nowhere, as raw git's reference is; then git's own part is the same on both sides.
  git(repo, "checkout", "-q", "main");
  const both = (files: Record<string, string>) => {
    for (const one of [at, rawAt]) commit(one, files, `work ${Object.keys(files)[0]} in ${one}`);
  };
  const home = `+${refspec}:refs/raw/${branch}`;
  for (let nth = 0; nth < 3; nth++) {
    both({ [`guest-${nth}.txt`]: randomBytes(2000).toString("hex") });
    found.fetch.push(await measure(ctx, (one) => fetchBranch(one, branch)));
    found.rawFetch.push(await raw(ctx, "fetch", "-q", "--no-tags", url, home));
  }
  for (const one of [at, rawAt]) commit(one, { "large.txt": randomBytes(10 * MiB).toString("base64") });
  found.large.push(await measure(ctx, (one) => fetchBranch(one, branch)));
  found.rawLarge.push(await raw(ctx, "fetch", "-q", "--no-tags", url, home));
  for (const dir of [`${name}-${branch}`, `${name}-${other}`, rawDir]) {
    rmSync(world.at(dir), { recursive: true, force: true });
  }
}

async function pushAndFetch(world: World, name: string, shape: Shape): Promise<void> {
  const since = Date.now();
  const repo = makeRepository(join(world.hostHome, name), shape);
  const size = execFileSync("du", ["-sk", join(repo, ".git/objects")], { encoding: "utf8" });
  const mib = (Number.parseInt(size, 10) / 1024).toFixed(0);
  console.error(
    `${name}: ${shape.commits} commits, ${mib} MiB, made in ${((Date.now() - since) / 1000).toFixed(0)} s`,
  );
  const found: Round = {
    first: [],
    second: [],
    rawFirst: [],
    push: [],
    rawPush: [],
    fetch: [],
    rawFetch: [],
    large: [],
    rawLarge: [],
  };
  for (let round = 1; round <= ROUNDS; round++) {
    await oneRound(world, repo, found, round);
  }
  compare(`${name}, first push`, found.first, found.rawFirst);
  compare(`${name}, push of a commit`, found.push, found.rawPush);
  compare(`${name}, fetch of a commit`, found.fetch, found.rawFetch);
  compare(`${name}, fetch of 10 MiB`, found.large, found.rawLarge);
  detail(`${name}, second workspace`, found.second);
  const [first, second] = [medianOf(found.first, "total"), medianOf(found.second, "total")];
  const trips = String(medianOf(found.second, "trips"));
  rows.push([
    `${name}, second workspace / first: time`,
    ms(second),
    ms(first),
    percent(second, first),
    trips,
  ]);
  const bytes = [medianOf(found.second, "bytes"), medianOf(found.first, "bytes")] as const;
  const kib = bytes.map((value) => `${(value / 1024).toFixed(0)} KiB`);
  rows.push([`${name}, second workspace / first: bytes`, kib[0] ?? "", kib[1] ?? "", percent(...bytes), ""]);
}

const percent = (part: number, whole: number) => `${((100 * part) / whole).toFixed(1)} %`;

async function statusOf(world: World): Promise<void> {
  const ctx = freshHost(world, world.repo, "host-status");
  const target = await ctx.target();
  const { dir } = await prepareWorkspace(ctx, "s0");
  const repo = await findRepository(ctx);
  let made = 1;
  let base = 0;
  for (const many of [1, 10, 100]) {
    for (; made < many; made++) {
      git(world.repo, "branch", `s${made}`, "s0");
      const pair = { repoName: repo.name, repoId: repo.id, branch: await parseBranch(ctx, `s${made}`) };
      const { dir: copy } = await reserveWorkspace(ctx, pair);
      cpSync(world.at(dir), world.at(copy), { recursive: true, preserveTimestamps: true });
      git(world.at(copy), "branch", "-m", `s${made}`);
    }
    const samples: Sample[] = [];
    for (let nth = 0; nth < 2 * ROUNDS; nth++) {
      await warm(ctx);
      samples.push(await measure(ctx, (one) => describeWorkspaces(one, target)));
    }
    detail(`status of ${many}`, samples.slice(many > 10 ? 1e9 : 0));
    const total = medianOf(samples, "total");
    if (many === 1) base = total;
    const trips = String(medianOf(samples, "trips"));
    rows.push([`status of ${many}`, ms(total), ms(base), times(total / base), trips]);
  }
}

const WIDTHS = [42, 10, 10, 8, 5];

/** What was measured since the last call. */
function print(): void {
  for (const row of rows.splice(0)) {
    const cells = row.map((cell, at) =>
      at === 0 ? cell.padEnd(WIDTHS[0] ?? 0) : cell.padStart(WIDTHS[at] ?? 0),
    );
    console.log(cells.join(" ").trimEnd());
  }
}

const world = await createWorld();
try {
  const target = await world.ctx.target();
  rows.push(["median of each", "ours", "raw/base", "ratio", "ssh"]);
  const trip: number[] = [];
  for (let nth = 0; nth < 10; nth++) {
    trip.push(
      (await measure(world.ctx, (ctx) => ctx.run(["ssh", "-F", target.configFile, target.alias, "true"])))
        .total,
    );
  }
  rows.push(["one round trip", ms(median(trip)), "", "", "1"]);
  await statusOf(world);
  print();
  for (const [name, shape] of Object.entries(SHAPES)) {
    await pushAndFetch(world, name, shape);
    print();
  }
} finally {
  world.remove();
}
