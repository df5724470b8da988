// The order of sessions, and why each ended, from what the guest says.
import { expect, test } from "vitest";
import { parseSessions, parseWholeSessions } from "../../../../src/domain/session/seen.ts";

const session = (id: string, { ticks = "1", started = "100", end = "" } = {}) =>
  [
    [
      "=session",
      id.repeat(16),
      "1",
      "shop-work",
      "shop-work",
      "command",
      "",
      "7",
      ticks,
      "boot",
      started,
      "make",
    ],
    [end, "", ""],
  ].flat();
const answer = (...records: string[][]) =>
  `${[["=now", "200", "boot"], ...records, ["=done"]].flat().join("\0")}\0`;

test("the newest first, those of one second by the kernel's clock", () => {
  const all = [
    session("a", { ticks: "500" }),
    session("b", { ticks: "700" }),
    session("e", { ticks: "1000000" }),
    session("c", { started: "101", ticks: "600" }),
    session("d", { started: "x", ticks: "9".repeat(99) }),
  ];
  expect(parseSessions(answer(...all)).map((one) => one.id[0])).toEqual(["c", "e", "b", "a", "d"]);
});

test("why it ended, and nothing that is no reason", () => {
  const ends = ["137 150 memory", "0 150", "1 150 because", "9 150 vm  "];
  const all = ends.map((end, at) => session(String(at), { end, started: String(100 - at) }));
  const seen = parseSessions(answer(...all)).map(({ state, exitCode, reason }) => [state, exitCode, reason]);
  expect(seen).toEqual([
    ["failed", 137, "memory"],
    ["finished", 0, undefined],
    ["killed", undefined, undefined],
    ["lost", 9, "vm"],
  ]);
});

test("an answer that was broken off tells of no session", () => {
  const whole = answer(session("a"), session("b"));
  expect(parseWholeSessions(whole)?.map((one) => one.id[0])).toEqual(["a", "b"]);
  for (const at of [0, 20, whole.length - 7, whole.length - 1])
    expect(parseWholeSessions(whole.slice(0, at))).toBeUndefined();
});
