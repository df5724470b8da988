// A diff on the user's terminal: coloured by what a line is, and never steered by what it says.
import { expect, test } from "vitest";
import { cleanLine, painter } from "../../../../../src/domain/sync/show/paint.ts";

const paint = (...lines: string[]) => {
  const one = painter(true);
  return lines.map(one);
};
const red = (text: string) => `\u001b[31m${text}\u001b[m`;
const green = (text: string) => `\u001b[32m${text}\u001b[m`;
const bold = (text: string) => `\u001b[1m${text}\u001b[m`;

test("tabs stay, nothing is cut, control characters become visible", () => {
  expect(cleanLine(`\tx\t${"y".repeat(500)}`)).toBe(`\tx\t${"y".repeat(500)}`);
  expect(cleanLine("+\u001b[31mx\r")).toBe("+^[[31mx^M");
});

test("headers, hunks, removed, added and common lines differ", () => {
  expect(paint("diff --git a/x b/x", "--- a/x", "+++ b/x", "@@ -1,2 +1,2 @@ f()", "-a", "+b", " c")).toEqual([
    bold("diff --git a/x b/x"),
    bold("--- a/x"),
    bold("+++ b/x"),
    "\u001b[36m@@ -1,2 +1,2 @@\u001b[m f()",
    red("-a"),
    green("+b"),
    " c",
  ]);
});

test("a removed line that looks like a header is a removed line", () => {
  expect(paint("@@ -1,2 +0,0 @@", "--- a/x", "-@@ -1 +1 @@", "--- a/y").slice(1)).toEqual([
    red("--- a/x"),
    red("-@@ -1 +1 @@"),
    bold("--- a/y"),
  ]);
});

test("a missing line break at the end of a file counts as no line", () => {
  expect(
    paint("@@ -1 +1 @@", "-a", "\\ No newline at end of file", "+b", "diff --git a/y b/y").slice(1),
  ).toEqual([red("-a"), "\\ No newline at end of file", green("+b"), bold("diff --git a/y b/y")]);
});

test("the graph of --stat has both colours", () => {
  expect(paint(" a+b.txt | 3 ++-")).toEqual([` a+b.txt | 3 ${green("++")}${red("-")}`]);
});

test("a line's own escape sequences do not survive colour", () => {
  expect(paint("@@ -0,0 +1 @@", "+\u001b[32mx")).toContain(green("+^[[32mx"));
});

test("without colour a line is only cleaned", () => {
  expect(painter(false)("+\u001b]0;x\u0007")).toBe("+^[]0;x^G");
});
