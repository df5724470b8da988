// Many changed files take no more memory than few: a fetch in a process that has little of it.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterEach, beforeEach, expect, test } from "vitest";
import { pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { createWorld, git, type World, write } from "./guest.ts";

let world: World;
let scratch: string;
beforeEach(async () => {
  world = await createWorld();
  scratch = mkdtempSync(join(tmpdir(), "av-flat-"));
  await pushToWorkspace(world.ctx, "work");
});
afterEach(() => {
  world.remove();
  rmSync(scratch, { recursive: true, force: true });
});

const DIRECTORIES = 10;
const FILES = 3000;
const ROUNDS = 4;
/** Milliseconds, for a machine that has much else to do. */
const PATIENCE = 400_000;
/** MiB for JavaScript's objects. A fetch of one file needs 24; one that holds all these changes, 70 and more. */
const HEAP = 40;

/** Each file is changed by several commits, under a long path: what is kept of each change is seen the sooner. */
function* manyFiles(): Generator<string> {
  const long = "a-directory-with-a-long-name/".repeat(4);
  for (let commit = 0; commit < DIRECTORIES * ROUNDS; commit += 1) {
    yield `commit refs/heads/work\ncommitter A <a@example.org> ${1_700_000_000 + commit} +0000\ndata 4\nmany\n`;
    if (commit === 0) yield "from refs/heads/work^0\n";
    for (let file = 0; file < FILES; file += 1)
      yield `M 100644 inline ${long}${commit % DIRECTORIES}/${file}.txt\ndata 3\n${commit + 100}\n`;
  }
}

test(
  "a fetch of 30,000 changed files",
  async () => {
    const at = world.at("shop-work");
    execFileSync("git", ["-C", at, "fast-import", "--quiet"], { input: [...manyFiles()].join("") });
    expect(await within(HEAP, "flat-memory-child.ts", {})).toBe(`${git(at, "rev-parse", "work")}\n`);
  },
  PATIENCE,
);

const NEW_FILES = 60_000;

/** A commit that writes so many files, with this in each. */
function* oneCommit(branch: string, from: string, content: string): Generator<string> {
  yield `commit refs/heads/${branch}\ncommitter A <a@example.org> 1700000000 +0000\ndata 4\nmany\nfrom ${from}\n`;
  const long = "a-directory-with-a-long-name/".repeat(4);
  for (let file = 0; file < NEW_FILES; file += 1)
    yield `M 100644 inline ${long}${file % 100}/${file}.txt\ndata ${content.length + String(file).length}\n${content}${file}\n`;
}
const inHost = (...commits: Iterable<string>[]) =>
  execFileSync("git", ["-C", world.repo, "fast-import", "--quiet"], {
    input: commits.map((commit) => [...commit].join("")).join(""),
  });

/** MiB. As they come they need less than 14; as a list of objects, 32. */
const HEAP_OF_DIFF = 20;

test(
  "what lies in the way of 60,000 new files, and what was there before they came",
  async () => {
    inHost(oneCommit("many", "refs/heads/main^0", "1"));
    write(world.repo, "a-directory-with-a-long-name", "in the way\n");
    const found = await within(HEAP_OF_DIFF, "flat-diff-child.ts", { now: "many" });
    expect(JSON.parse(found)).toEqual({
      names: [],
      hits: ["a-directory-with-a-long-name"],
      stamps: 5 * NEW_FILES,
      made: 103,
    });
  },
  PATIENCE,
);

/** MiB. As one text each they need about 30; as objects, more than 40. */
const HEAP_OF_SCAN = 38;

test(
  "what one commit brings that changes 60,000 files, as the scan for secrets reads it",
  async () => {
    inHost(oneCommit("many", "refs/heads/main^0", "1"), oneCommit("more", "refs/heads/many", "2"));
    expect(await within(HEAP_OF_SCAN, "flat-scan-child.ts", { now: "more", not: "many" })).toBe(
      String(NEW_FILES + 1),
    );
  },
  PATIENCE,
);

/** What the program writes in a process that may have so many MiB for JavaScript's objects. */
async function within(heap: number, program: string, more: object): Promise<string> {
  const outfile = join(scratch, "child.mjs");
  await build({
    entryPoints: [join(import.meta.dirname, program)],
    ...{ outfile, bundle: true, format: "esm", platform: "node", target: "node20", logLevel: "warning" },
    external: ["cpu-features", "*.node"],
    define: { "import.meta.dirname": JSON.stringify(import.meta.dirname) },
    banner: {
      js: 'import { createRequire } from "node:module";const require = createRequire(import.meta.url);',
    },
  });
  const parts = { hostHome: world.hostHome, repo: world.repo, target: await world.ctx.target(), ...more };
  const argv = [`--max-old-space-size=${heap}`, outfile, JSON.stringify(parts)];
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return stdout;
}
