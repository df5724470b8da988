// Runs the tests: `npm test` all groups in order, `npm test -- unit` one, `npm test -- unit names` its files named so.
// The last line is "N passed, N failed". With AGENT_VM_REQUIRE_ALL=1 a group or test that does not run is a failure.
import { GROUPS, inTurn, runGroups } from "./testing/groups.mjs";
import { prepare } from "./testing/machine.mjs";

const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

function choose(args) {
  const chosen = GROUPS.filter((group) => args.includes(group));
  const filters = args.filter((arg) => !GROUPS.includes(arg));
  if (filters.length > 0 && chosen.length === 0) {
    console.error(`There is no group "${filters[0]}". The groups are ${GROUPS.join(", ")}.`);
    process.exit(2);
  }
  return { chosen: chosen.length > 0 ? chosen : GROUPS, filters };
}

function runAll(chosen, filters, reasons) {
  const results = {};
  for (const group of chosen.filter((one) => reasons[one]))
    results[group] = { group, left: reasons[group], passed: 0, failed: 0, skipped: [], time: "" };
  for (const groups of inTurn(chosen.filter((one) => !reasons[one]))) {
    const since = Date.now();
    console.log(`\n=== ${groups.join(" and ")}`);
    for (const [group, count] of Object.entries(runGroups(groups, filters))) {
      const left = count.passed + count.failed === 0 ? "it has no tests" : undefined;
      results[group] = { group, left, ...count, time: seconds(since) };
    }
  }
  return chosen.map((group) => results[group]);
}

function report(results) {
  console.log("");
  for (const { group, left, passed, failed, skipped, flaky = [], time } of results) {
    const words = left
      ? `left out: ${left}`
      : `${passed} passed, ${failed} failed, ${skipped.length} skipped in ${time}`;
    console.log(`${group.padEnd(12)} ${words}`);
    for (const name of skipped) console.log(`${" ".repeat(12)} skipped: ${name}`);
    for (const [name, why] of flaky)
      console.log(`${" ".repeat(12)} passed only at its second try: ${name} (${why})`);
  }
}

/** Every attack on one line: what it is, what stands in its way, what came of it without the guard and with it. */
function printAttacks(results) {
  const rows = results.flatMap(({ attacks = [] }) => attacks);
  if (rows.length === 0) return;
  const table = [["family", "attack", "guard", "off", "on"], ...rows];
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
  console.log(`\n=== attacks: ${rows.length}`);
  for (const row of table)
    console.log(
      row
        .map((cell, at) => cell.padEnd(widths[at]))
        .join("  ")
        .trimEnd(),
    );
}

const began = Date.now();
const { chosen, filters } = choose(process.argv.slice(2));
const results = runAll(chosen, filters, await prepare(chosen));
printAttacks(results);
report(results);

const sum = (key) => results.reduce((total, result) => total + result[key], 0);
const incomplete = results.filter(({ left, skipped }) => left !== undefined || skipped.length > 0);
const strict = process.env.AGENT_VM_REQUIRE_ALL === "1";
if (strict && incomplete.length > 0) {
  console.log(`Every test must run here; incomplete: ${incomplete.map(({ group }) => group).join(", ")}.`);
}
console.log(`All groups together: ${seconds(began)}.`);
console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
process.exitCode = sum("failed") > 0 || (strict && incomplete.length > 0) ? 1 : 0;
