// SECURITY.md promises by naming code and tests: what it names is there, and no promise is without a test.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

/** The rows of the table of promises: their cells. */
const promises = (): string[][] =>
  readFileSync(join(ROOT, "SECURITY.md"), "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| ") && line.includes("`"))
    .map((line) => line.slice(2, -2).split(" | "))
    .filter(({ length }) => length === 4);

/** Paths in a cell; a bare name lies beside the one before it. */
function paths(cell: string): string[] {
  let directory = "";
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => {
    const path = name.includes("/") ? name : `${directory}/${name}`;
    directory = path.endsWith("/") ? path.slice(0, -1) : dirname(path);
    return path;
  });
}

/** With a star, any file of that form. */
function exists(path: string): boolean {
  if (!path.includes("*")) return existsSync(join(ROOT, path));
  const [start = "", end = ""] = path.split("*");
  const names = readdirSync(join(ROOT, dirname(start))).map((name) => `${dirname(start)}/${name}`);
  return names.some((name) => name.startsWith(start) && name.endsWith(end));
}

test("what the promises name is there", () => {
  const rows = promises();
  expect(rows.length).toBeGreaterThan(25);
  const gone = rows.flatMap(([, , where = "", tests = ""]) =>
    [...paths(where), ...paths(tests)].filter((path) => !exists(path)),
  );
  expect(gone).toEqual([]);
});

test("every promise names a test", () => {
  const without = promises().filter(
    ([, , , tests = ""]) => !paths(tests).some((path) => /^tests\//.test(path)),
  );
  expect(without.map(([promise]) => promise)).toEqual([]);
});
