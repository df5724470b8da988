// Runs one group of tests and counts what passed and failed.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { ROOT } from "./root.mjs";

export const GROUPS = ["lint", "unit", "integration", "attack", "model", "e2e", "fresh"];
/** They play what an ordinary user does, so root runs them as one. */
const OF_A_USER = ["integration", "attack"];
const WITH_COVERAGE = ["unit", "integration"];

/** @typedef {{passed: number, failed: number, skipped: string[], attacks?: string[][]}} Count */

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

function vitestArgv(group, filters, scratch) {
  return [
    process.execPath,
    "node_modules/vitest/vitest.mjs",
    "run",
    // Without a temporary file in node_modules, which may be read-only.
    "--configLoader=runner",
    "--project",
    group,
    "--passWithNoTests",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${join(scratch, "out/result.json")}`,
    ...(WITH_COVERAGE.includes(group)
      ? ["--coverage", `--coverage.reportsDirectory=${join(scratch, "out/coverage")}`]
      : []),
    ...filters,
  ];
}

/** @returns {Count} */
function count(file, status) {
  const result = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
  const passed = result?.numPassedTests ?? 0;
  const failed = result?.numFailedTests ?? 0;
  const skipped = (result?.testResults ?? [])
    .flatMap((suite) => suite.assertionResults)
    .filter((one) => one.status === "pending" || one.status === "skipped" || one.status === "todo")
    .map((one) => one.fullName);
  // A file that cannot be loaded, or a crash, fails without a failed test: it counts as one.
  return { passed, failed: status === 0 ? failed : Math.max(failed, 1), skipped, attacks: attacks(result) };
}

/** What came of the attacks: family, attack, guard, without the guard, with it. */
const attacks = (result) =>
  (result?.testResults ?? []).flatMap((suite) =>
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

/** @returns {Count} */
function vitest(group, filters) {
  const scratch = mkdtempSync(join(tmpdir(), "avm-"));
  try {
    chmodSync(scratch, 0o755);
    mkdirSync(join(scratch, "out"));
    const argv = vitestArgv(group, filters, scratch);
    const env = { ...process.env, AGENT_VM_TEST_CACHE: join(scratch, "out/cache") };
    const { status } = run(OF_A_USER.includes(group) ? asOrdinaryUser(argv, scratch) : argv, { env });
    return count(join(scratch, "out/result.json"), status);
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

/** @returns {Count} */
export function runGroup(group, filters) {
  if (group === "lint") return lint();
  return group === "model" ? model() : vitest(group, filters);
}
