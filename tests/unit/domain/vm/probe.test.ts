// What the guest says of itself: read by an allowlist, because it is a claim.
import { describe, expect, test } from "vitest";
import { clockDrift, failedNames, parseProbe } from "../../../../src/domain/vm/probe.ts";

const hash = "0123456789abcdef".repeat(4);

test("stamps and the clock are read", () => {
  const stdout = `stamp 10-host-keys ${hash}\nstamp 20-sshd ${hash}\nnow 1767225600.250000000\n`;
  expect(parseProbe(stdout)).toEqual({
    stamps: `10-host-keys ${hash}\n20-sshd ${hash}`,
    failed: [],
    now: 1767225600.25,
  });
});

test("what could not be installed is read", () => {
  expect(parseProbe("failed 63-python ruff\nfailed 71-agents @openai/codex@0.1.0\n").failed).toEqual([
    { step: "63-python", name: "ruff" },
    { step: "71-agents", name: "@openai/codex@0.1.0" },
  ]);
});

test("what could not be installed goes by its name, a step that failed as a whole by its own", () => {
  const { failed } = parseProbe("failed 63-python ruff\nfailed 61-containers step\n");
  expect(failedNames(failed)).toEqual(["ruff", "all of containers"]);
});

test("a guest without stamps has none", () => {
  expect(parseProbe("now 1767225600\n")).toEqual({ stamps: "", failed: [], now: 1767225600 });
  expect(parseProbe("")).toEqual({ stamps: "", failed: [], now: Number.NaN });
});

test.each([
  `stamp ../../etc ${hash}`,
  `stamp 20-sshd ${hash}0`,
  `stamp 20-sshd ${hash.toUpperCase()}`,
  `stamp 20-sshd ${hash} `,
  `stamp 20 sshd ${hash}`,
  `stamp\u001b[2J ${hash}`,
  `STAMP 20-sshd ${hash}`,
  "failed ../x ruff",
  "failed 63-python",
  "failed 63-python ruff\u001b[2J",
  "failed 63-python two words",
  " now 1767225600",
  "now -1",
  "now 1e9",
  "now Infinity",
  "now 0x10",
  "now 1.",
  "now 1 2",
  "now \u001b]0;title\u0007",
  "welcome to the guest",
])("a line of another form says nothing: %j", (line) => {
  expect(parseProbe(`${line}\n`)).toEqual({ stamps: "", failed: [], now: Number.NaN });
});

test("words of a login script around the answer do not matter", () => {
  const stdout = `hello\r\nstamp 20-sshd ${hash}\nbye\nnow 5\nnow 6\n`;
  expect(parseProbe(stdout)).toEqual({ stamps: `20-sshd ${hash}`, failed: [], now: 5 });
});

describe("the guest's clock", () => {
  // Asked at second 100, answered at 103.
  const drift = (seconds: number) => clockDrift(seconds, 100_000, 103_000);
  test.each([
    ["is right within the time the question took", 101, 0],
    ["is right at its start", 100, 0],
    ["is right at its end", 103, 0],
    ["is ahead", 113, 10],
    ["is behind", 40, 60],
  ])("%s", (_name, seconds, expected) => expect(Math.abs(drift(seconds))).toBe(expected));

  test("ahead is positive and behind is negative", () => {
    expect(drift(113)).toBeGreaterThan(0);
    expect(drift(40)).toBeLessThan(0);
  });

  test("is left alone when the guest said nothing", () => expect(drift(Number.NaN)).toBe(0));
});
