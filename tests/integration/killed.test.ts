// The host's program is killed in the middle of a transfer of much: nothing half is to be seen, and the next one goes on.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { cleanBranch } from "../../src/domain/sync/save/clean.ts";
import { restore } from "../../src/domain/sync/save/restore.ts";
import { pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { counted, FIRST, filesIn, halves, MiB, onHost, partOf, pushed, SIZE } from "./broken-off.ts";
import { createWorld, git, type World } from "./guest.ts";
import type { Command } from "./killed-child.ts";

let scratch: string;
let program: string;
beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "killed-"));
  program = join(scratch, "child.mjs");
  await build({
    ...{ entryPoints: [join(import.meta.dirname, "killed-child.ts")], outfile: program, bundle: true },
    ...{ format: "esm", platform: "node", target: "node20", logLevel: "warning" },
    external: ["cpu-features", "*.node"],
    define: { "import.meta.dirname": JSON.stringify(import.meta.dirname) },
    banner: {
      js: 'import { createRequire } from "node:module";const require = createRequire(import.meta.url);',
    },
  });
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

let world: World;
beforeEach(async () => {
  world = await createWorld();
  git(world.repo, "checkout", "-q", "-b", "work");
  await pushToWorkspace(world.ctx, "work");
});
afterEach(() => world.remove());

const at = (...rest: string[]) => world.at("shop-work", ...rest);
const mine = randomBytes(MiB);
/** Much, only in the history. */
function much(directory: string): void {
  git(directory, "config", "core.compression", "0");
  writeFileSync(join(directory, "big.bin"), randomBytes(SIZE));
  git(directory, "add", "-A");
  git(directory, "commit", "-q", "-m", "big");
  git(directory, "rm", "-q", "big.bin");
  git(directory, "commit", "-q", "-m", "no more");
}

/** Kills the command when `there` says that so many bytes have come; gives how many had. */
async function killed(command: Command, there: () => number): Promise<number> {
  const { hostHome, repo } = world;
  const parts = { hostHome, repo, target: await world.ctx.target(), command, most: FIRST };
  const child = spawn(process.execPath, [program, JSON.stringify(parts)], { stdio: "ignore" });
  const ended = new Promise((done) => child.once("exit", (code, signal) => done(signal ?? code)));
  await expect.poll(there, { timeout: 120_000, interval: 20 }).toBeGreaterThan(FIRST - 2 * MiB);
  child.kill("SIGKILL");
  expect(await ended).toBe("SIGKILL");
  return there();
}
const sizeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
const onThisSide = () => sizeOf(partOf(world));
const onThatSide = () => halves(world).reduce((sum, path) => sum + sizeOf(path), 0);

const refs = (directory: string) => git(directory, "for-each-ref");
const nothingLeft = () => {
  for (const directory of [world.repo, at()]) {
    git(directory, "fsck", "--full", "--strict");
    expect(git(directory, "status", "--porcelain")).toBe("");
    expect(refs(directory)).not.toMatch(/incoming|arriving/);
    expect(filesIn(join(directory, ".git/objects/pack")).filter((name) => name.includes("tmp_"))).toEqual([]);
  }
  expect(onHost(world)).toEqual([]);
  expect(readdirSync(join(world.guestHome, "workspace"))).toEqual(["shop-work"]);
};

test("a fetch", async () => {
  much(at());
  const before = refs(world.repo);
  const got = await killed("fetch", onThisSide);
  expect(refs(world.repo)).toBe(before);
  const { bytes, fetched } = await counted(world);
  expect(bytes).toBeLessThan(SIZE - got + MiB);
  expect(fetched).toBe(0);
  expect(git(world.repo, "rev-parse", "work")).toBe(git(at(), "rev-parse", "HEAD"));
  nothingLeft();
});

test("a push", async () => {
  much(world.repo);
  const before = refs(at());
  await killed("push", onThatSide);
  expect(refs(at())).toBe(before);
  expect(await pushed(world, (ctx) => pushToWorkspace(ctx, "work"))).toBeLessThan(SIZE - FIRST + 3 * MiB);
  expect(git(at(), "rev-parse", "HEAD")).toBe(git(world.repo, "rev-parse", "work"));
  nothingLeft();
});

test("a save, and then a restore", async () => {
  much(at());
  writeFileSync(at("mine.bin"), mine);
  const got = await killed("clean", onThisSide);
  expect(git(at(), "status", "--porcelain")).toBe("?? mine.bin");
  const vault = join(world.ctx.paths.state, "../../vault");
  const [id = ""] = readdirSync(vault);
  expect(filesIn(join(vault, id, "saves"))).toEqual([]);
  const clean = (ctx: World["ctx"]) => cleanBranch(ctx, "work", false);
  const { bytes, fetched } = await counted(world, clean, join(vault, id, "objects.git"));
  expect(bytes).toBeLessThan(SIZE - got + 2 * MiB);
  expect(fetched).toBe(0);
  expect(onHost(world)).toEqual([]);

  await killed("restore", onThatSide);
  expect(existsSync(at())).toBe(false);
  const back = await pushed(world, (ctx) => restore(ctx, { branch: "work" }));
  expect(back).toBeLessThan(SIZE - FIRST + 4 * MiB);
  expect(readFileSync(at("mine.bin")).equals(mine)).toBe(true);
  git(at(), "cat-file", "-e", "HEAD~1:big.bin");
  git(at(), "fsck", "--full", "--strict");
  expect(readdirSync(join(world.guestHome, "workspace"))).toEqual(["shop-work"]);
  expect(onHost(world)).toEqual([]);
});
