// The test group "model": a fixed set of seeds and fresh ones until the time is over; writes how many passed and failed.
// usage: node scripts/testing/model-group.mjs RESULT-FILE    AGENT_VM_MODEL_SEED=N replays one sequence.
import { randomInt } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createTotals, failureLines, runSequences, totalLines } from "./model.mjs";

const MINUTE = 60_000;
const LIMIT = 4 * MINUTE;
/** The last sequences need this to end. */
const TAIL = 25_000;
const FIXED = 20;
/** Fewer in that time prove too little. */
const ENOUGH = 25;

const began = Date.now();
const replayed = process.env.AGENT_VM_MODEL_SEED;
const fixed = Array.from({ length: FIXED }, (_, at) => at + 1);
const seeds = replayed === undefined ? fixed : [Number(replayed)];
const mayGoOn = () => replayed === undefined && Date.now() - began < LIMIT - TAIL;
const next = () => seeds.shift() ?? (mayGoOn() ? randomInt(1_000, 2 ** 31) : undefined);

const { totals, add } = createTotals();
await runSequences({
  workers: replayed === undefined ? 2 : 1,
  next,
  onResult: (result) => {
    add(result);
    if (replayed !== undefined) console.log((result.log ?? []).map((line) => `    ${line}`).join("\n"));
    const last = totals.failures.at(-1);
    if (last?.seed === result.seed) console.log(failureLines(last).join("\n"));
  },
});

/** What would make the whole run worthless although no sequence failed. */
function gaps() {
  if (replayed !== undefined) return [];
  const never = totals.wanted.filter((name) => !totals.done[name]).map((name) => `"${name}" never succeeded`);
  const few = totals.sequences < ENOUGH ? [`only ${totals.sequences} sequences in that time`] : [];
  const alive = totals.crashes === 0 ? ["no command was killed"] : [];
  return [...never, ...few, ...alive];
}

const missing = gaps();
console.log(totalLines(totals).join("\n"));
for (const gap of missing) console.log(`✗ ${gap}`);
const failed = totals.failures.length + (missing.length > 0 ? 1 : 0);
const passed =
  totals.sequences + (missing.length > 0 ? 0 : 1) - totals.failures.filter((one) => !one.died).length;
writeFileSync(process.argv[2], JSON.stringify({ passed, failed, skipped: [] }));
process.exitCode = failed > 0 ? 1 : 0;
