// Before the tests: the libraries that package-lock.json names, installed in the checkout when they are not there.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./testing/root.mjs";

function installedVersion(path) {
  try {
    return JSON.parse(readFileSync(join(ROOT, path, "package.json"), "utf8")).version;
  } catch {
    return undefined;
  }
}

/** The first package that is missing or of another version; optional ones belong to other systems. */
function firstMissing() {
  const { packages } = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8"));
  return Object.entries(packages).find(
    ([path, entry]) => path !== "" && !entry.optional && installedVersion(path) !== entry.version,
  )?.[0];
}

const missing = firstMissing();
if (missing) {
  console.log(`${missing} is missing or of another version: npm ci`);
  const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: ROOT, stdio: "inherit" });
  process.exitCode = status ?? 1;
}
