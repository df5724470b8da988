// Runs groups of tests and counts what passed and failed.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { ROOT } from "./root.mjs";

export const GROUPS = ["lint", "unit", "integration", "attack", "model", "e2e", "fresh"];
/** They play what an ordinary user does, so root runs them as one. */
const OF_A_USER = ["integration", "attack"];
const WITH_COVERAGE = ["unit", "integration"];
/** They wait for machines of their own much of the time, so they run in one pool when both are wanted. */
const TOGETHER = ["e2e", "fresh"];

/** @typedef {{passed: number, failed: number, skipped: string[], flaky?: string[][], attacks?: string[][]}} Count */

function run(argv, options = {}) {
  return spawnSync(argv[0], argv.slice(1), {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
    ...options,
  });
}

const SHELL_PLACES = ["agent-vm", ".ci", "scripts", "lima", "common", "tests"];

function shellFiles() {
  const files = SHELL_PLACES.flatMap((place) => {
    const path = join(ROOT, place);
    if (!existsSync(path)) return [];
    if (place === "agent-vm") return [path];
    return readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  });
  const isShell = (file) =>
    file.endsWith(".sh") || /^#!.*\b(sh|bash)\b/.test(readFileSync(file, "latin1").slice(0, 80));
  return files.filter(isShell);
}

/** @returns {Count} */
function lint() {
  const checks = {
    biome: [join(ROOT, "node_modules/.bin/biome"), "check", "."],
    tsc: [join(ROOT, "node_modules/.bin/tsc"), "--noEmit"],
    shellcheck: ["shellcheck", "--external-sources", ...shellFiles()],
  };
  const results = Object.entries(checks).map(([name, argv]) => {
    const ok = run(argv).status === 0;
    console.log(`${ok ? "✓" : "✗"} ${name}`);
    return ok;
  });
  const passed = results.filter(Boolean).length;
  return { passed, failed: results.length - passed, skipped: [] };
}

/** Root may do what an ordinary user may not, so root's tests of the ordinary user run as one. */
function asOrdinaryUser(argv, scratch) {
  return process.getuid() === 0
    ? ["bash", join(ROOT, "scripts/testing/as-user.sh"), scratch, ROOT, ...argv]
    : argv;
}

function vitestArgv(groups, filters, scratch) {
  return [
    process.execPath,
    "node_modules/vitest/vitest.mjs",
    "run",
    // Without a temporary file in node_modules, which may be read-only.
    "--configLoader=runner",
    ...groups.flatMap((group) => ["--project", group]),
    "--passWithNoTests",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${join(scratch, "out/result.json")}`,
    ...(groups.every((group) => WITH_COVERAGE.includes(group))
      ? ["--coverage", `--coverage.reportsDirectory=${join(scratch, "out/coverage")}`]
      : []),
    ...filters,
  ];
}

/** @returns {Count} */
function count(suites) {
  const all = suites.flatMap((suite) => suite.assertionResults);
  const those = (...states) => all.filter(({ status }) => states.includes(status));
  const broken = suites.filter(
    ({ status, assertionResults }) =>
      status === "failed" && !assertionResults.some((one) => one.status === "failed"),
  );
  return {
    passed: those("passed").length,
    // A file that cannot be loaded, or made ready, fails without a failed test: it counts as one.
    failed: those("failed").length + broken.length,
    skipped: those("pending", "skipped", "todo").map(({ fullName }) => fullName),
    flaky: flaky(all),
    attacks: attacks(suites),
  };
}

/** Tests that passed only at a later try: the name, and the first line of what they failed on. */
const flaky = (tests) =>
  tests
    .filter(({ status, failureMessages }) => status === "passed" && failureMessages.length > 0)
    .map(({ fullName, failureMessages }) => [fullName, failureMessages[0].split("\n")[0]]);

/** @returns {Record<string, Count>} */
function countEach(groups, file, status) {
  const suites = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).testResults : [];
  const counts = Object.fromEntries(
    groups.map((group) => [group, count(suites.filter(({ name }) => name.includes(`/tests/${group}/`)))]),
  );
  // A crash fails nothing by name: it is the first one's.
  const [first] = Object.values(counts);
  if (status !== 0 && Object.values(counts).every(({ failed }) => failed === 0)) first.failed = 1;
  return counts;
}

/** What came of the attacks: family, attack, guard, without the guard, with it. */
const attacks = (suites) =>
  suites.flatMap((suite) =>
    suite.assertionResults
      .filter(({ meta }) => meta?.attack)
      .map(({ title, meta: { attack } }) => [
        basename(suite.name, ".test.ts"),
        title,
        attack.guard,
        attack.off ? "fired" : "nothing",
        attack.on ? "FIRED" : "blocked",
      ]),
  );

/** @returns {Record<string, Count>} */
function vitest(groups, filters) {
  const scratch = mkdtempSync(join(tmpdir(), "avm-"));
  try {
    chmodSync(scratch, 0o755);
    mkdirSync(join(scratch, "out"));
    const argv = vitestArgv(groups, filters, scratch);
    const env = { ...process.env, AGENT_VM_TEST_CACHE: join(scratch, "out/cache") };
    const ofUser = groups.every((group) => OF_A_USER.includes(group));
    const { status } = run(ofUser ? asOrdinaryUser(argv, scratch) : argv, { env });
    return countEach(groups, join(scratch, "out/result.json"), status);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** @returns {Count} */
function model() {
  const scratch = mkdtempSync(join(tmpdir(), "avm-"));
  try {
    const result = join(scratch, "result.json");
    const { status } = run([process.execPath, join(ROOT, "scripts/testing/model-group.mjs"), result]);
    const counted = existsSync(result)
      ? JSON.parse(readFileSync(result, "utf8"))
      : { passed: 0, failed: 0, skipped: [] };
    return { ...counted, failed: status === 0 ? counted.failed : Math.max(counted.failed, 1) };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The groups as they run: one after the other, some of them together. */
export function inTurn(groups) {
  const [first, ...others] = TOGETHER.filter((group) => groups.includes(group));
  return groups
    .filter((group) => !others.includes(group))
    .map((group) => (group === first ? [first, ...others] : [group]));
}

/** @returns {Record<string, Count>} */
export function runGroups(groups, filters) {
  const [group] = groups;
  if (group === "lint") return { lint: lint() };
  return group === "model" ? { model: model() } : vitest(groups, filters);
}
