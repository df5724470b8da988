// The long run of the model-based test: `npm run test:model -- --sequences 500`. Ctrl-C, and the same again goes on.
// usage: node scripts/model.mjs [--sequences N] [--workers N] [--from SEED] [--seed SEED] [--fresh] [--retry] [--bail]
// The results lie in the cache; --fresh forgets them all, --retry the failed ones; --bail stops at the first failure, --seed replays one sequence.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { createTotals, failureLines, runSequences, totalLines } from "./testing/model.mjs";

const { values } = parseArgs({
  options: {
    sequences: { type: "string", default: "500" },
    workers: { type: "string", default: "2" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
    fresh: { type: "boolean", default: false },
    bail: { type: "boolean", default: false },
    retry: { type: "boolean", default: false },
  },
});

const cache = process.env.XDG_CACHE_HOME?.startsWith("/")
  ? process.env.XDG_CACHE_HOME
  : join(homedir(), ".cache");
const stateFile = join(cache, "agent-vm", "model-test.json");

function readState() {
  try {
    return JSON.parse(readFileSync(stateFile, "utf8"));
  } catch {
    return { results: [] };
  }
}

function writeState(state) {
  mkdirSync(dirname(stateFile), { recursive: true });
  writeFileSync(`${stateFile}.new`, JSON.stringify(state));
  renameSync(`${stateFile}.new`, stateFile);
}

if (values.fresh) rmSync(stateFile, { force: true });
const state = values.seed === undefined ? readState() : { results: [] };
if (values.retry) state.results = state.results.filter((one) => one.violations?.length === 0);
const done = new Set(state.results.map((one) => one.seed));
const from = Number(values.from);
const seeds =
  values.seed === undefined
    ? Array.from({ length: Number(values.sequences) }, (_, at) => from + at).filter((seed) => !done.has(seed))
    : [Number(values.seed)];

const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
process.once("SIGTERM", () => stop.abort());

const { totals, add } = createTotals();
for (const result of state.results) add(result);
if (done.size > 0) console.log(`${done.size} sequences were run before; their results are in ${stateFile}.`);
await runSequences({
  workers: Math.min(Number(values.workers), seeds.length),
  next: () => {
    const over = stop.signal.aborted || (values.bail && totals.failures.length > 0);
    return over ? undefined : seeds.shift();
  },
  signal: stop.signal,
  onResult: (result) => {
    if (stop.signal.aborted) return;
    add(result);
    if (values.seed === undefined) {
      // The words of a sequence that went well are of no use to anybody.
      const { log, ...rest } = result;
      state.results.push(result.violations?.length === 0 ? { ...rest, log: [] } : result);
      writeState(state);
    } else {
      for (const line of result.log ?? []) console.log(`    ${line}`);
    }
    const last = totals.failures.at(-1);
    if (last?.seed === result.seed) console.log(failureLines(last).join("\n"));
    const each = `${totals.sequences} done, ${totals.failures.length} failed`;
    console.log(
      `seed ${result.seed}: ${result.steps} steps, ${result.crashes} crashes, ${result.milliseconds} ms (${each})`,
    );
  },
});
console.log(totalLines(totals).join("\n"));
if (stop.signal.aborted) console.log("Stopped; the same command goes on.");
process.exitCode = totals.failures.length > 0 || stop.signal.aborted ? 1 : 0;
