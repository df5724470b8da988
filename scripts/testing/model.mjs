// Runs sequences of the model-based test in worker processes, as an ordinary user also when root calls.
import { spawn } from "node:child_process";
import { accessSync, chmodSync, constants, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build } from "esbuild";
import { ROOT } from "./root.mjs";

// CommonJS libraries in an ES module ask for this.
const BANNER =
  'import { createRequire as modelCreateRequire } from "node:module"; const require = modelCreateRequire(import.meta.url);';

/** In memory where that is possible: thousands of small repositories, each synced to the disk, take their time. */
function scratchBase() {
  try {
    accessSync("/dev/shm", constants.W_OK | constants.X_OK);
    return "/dev/shm";
  } catch {
    return tmpdir();
  }
}

/** The worker, and the tool as a program of its own, each in one file. */
function bundle(outdir) {
  return build({
    absWorkingDir: ROOT,
    entryPoints: ["tests/model/worker.ts", "tests/model/child.ts"],
    outdir,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external: ["cpu-features", "*.node"],
    banner: { js: BANNER },
    define: { AGENT_VM_VERSION: '"0.0.0"' },
    outExtension: { ".js": ".mjs" },
    logLevel: "warning",
  });
}

function startWorker(scratch, name) {
  const place = join(scratch, name);
  mkdirSync(join(place, "out"), { recursive: true });
  chmodSync(place, 0o755);
  const bundled = join(scratch, "bundle");
  const argv = [process.execPath, join(bundled, "worker.mjs")];
  const env = { ...process.env, AGENT_VM_MODEL_CHILD: join(bundled, "child.mjs") };
  const asUser = ["bash", join(ROOT, "scripts/testing/as-user.sh"), place, ROOT];
  const [file, ...args] = process.getuid() === 0 ? [...asUser, ...argv] : argv;
  return spawn(file, args, { cwd: ROOT, env, stdio: ["pipe", "pipe", "inherit"] });
}

/** Gives seeds to one worker until there are none; a worker that dies counts as its seed's failure. */
async function serve(worker, next, onResult) {
  let seed = next();
  const give = () => (seed === undefined ? worker.stdin.end() : worker.stdin.write(`${seed}\n`));
  const ended = new Promise((resolve) => worker.once("close", resolve));
  worker.stdin.on("error", () => {});
  give();
  for await (const line of createInterface({ input: worker.stdout })) {
    onResult(JSON.parse(line));
    seed = next();
    give();
  }
  await ended;
  if (seed !== undefined) onResult({ seed, died: true });
}

/**
 * Runs the seeds that `next` gives until it gives undefined. `onResult` gets each sequence's result as tests/model
 * writes it, or `{ seed, died: true }`.
 */
export async function runSequences({ workers, next, onResult, signal }) {
  const scratch = mkdtempSync(join(scratchBase(), "avm-model-"));
  chmodSync(scratch, 0o755);
  const started = [];
  try {
    await bundle(join(scratch, "bundle"));
    for (let number = 0; number < workers; number += 1) started.push(startWorker(scratch, `worker${number}`));
    signal?.addEventListener("abort", () => {
      for (const worker of started) worker.kill("SIGKILL");
    });
    await Promise.all(started.map((worker) => serve(worker, next, onResult)));
  } finally {
    for (const worker of started) worker.kill("SIGKILL");
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Sums over many results. */
export function createTotals() {
  const totals = {
    sequences: 0,
    steps: 0,
    crashes: 0,
    done: {},
    refusals: {},
    failures: [],
    wanted: [],
    milliseconds: 0,
  };
  const add = (into, from) => {
    for (const [name, times] of Object.entries(from)) into[name] = (into[name] ?? 0) + times;
  };
  return {
    totals,
    add(result) {
      if (result.died) {
        totals.failures.push({
          seed: result.seed,
          violations: ["the process that ran it died"],
          log: [],
          died: true,
        });
        return;
      }
      totals.sequences += 1;
      totals.steps += result.steps;
      totals.crashes += result.crashes;
      totals.milliseconds += result.milliseconds;
      totals.wanted = result.wanted;
      add(totals.done, result.done);
      add(totals.refusals, result.refusals);
      const { seed, violations, log } = result;
      if (violations.length > 0) totals.failures.push({ seed, violations, log });
    },
  };
}

/** The totals in lines for people. */
export function totalLines(totals) {
  const table = (counts) =>
    Object.entries(counts)
      .sort((a, b) => b[1] - a[1])
      .map(([name, times]) => `  ${String(times).padStart(6)}  ${name}`);
  const each = totals.sequences === 0 ? 0 : totals.milliseconds / totals.sequences / 1000;
  return [
    "What was done:",
    ...table(totals.done),
    "What was refused or failed:",
    ...table(totals.refusals),
    `${totals.sequences} sequences, ${totals.steps} steps, ${totals.crashes} crashes, ` +
      `${each.toFixed(1)} s each, ${totals.failures.length} failed.`,
  ];
}

export function failureLines({ seed, violations, log }) {
  return [
    `Seed ${seed} failed; again with: AGENT_VM_MODEL_SEED=${seed} npm test -- model`,
    ...log.map((line) => `    ${line}`),
    ...violations.slice(0, 20).map((line) => `  ✗ ${line}`),
  ];
}
