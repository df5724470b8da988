// Where a session stands, from every combination of how it ended and what can be seen of it.
import { describe, expect, test } from "vitest";
import { stateText } from "../../../../src/domain/session/rows.ts";
import { agentState, parseEnd, type StateFacts } from "../../../../src/domain/session/state.ts";

const facts: StateFacts = {
  kind: "agent",
  end: undefined,
  said: undefined,
  alive: true,
  sameBoot: true,
  active: 95,
  started: 50,
  now: 100,
};
const stands = (change: Partial<StateFacts>) => {
  const { state, guessed, since } = agentState({ ...facts, ...change });
  return [state, guessed, since];
};
const end = (text: string) => ({ end: parseEnd(text) });

describe("a session that has ended", () => {
  test.each([
    ["0 90", "finished"],
    ["7 90", "failed"],
    ["137 90 memory", "failed"],
    ["129 90 hangup", "killed"],
    ["0 90 kill", "killed"],
    ["0 90 vm", "lost"],
    ["143 90 vm   ", "lost"],
  ])("with %j is %s, whatever else is seen", (text, state) => {
    expect(stands(end(text))).toEqual([state, false, 90]);
    expect(stands({ ...end(text), alive: false, sameBoot: false, said: ["working", 80] })).toEqual([
      state,
      false,
      90,
    ]);
  });

  test("without a word is told apart by the VM's boot", () => {
    expect(stands({ alive: false })).toEqual(["killed", false, 50]);
    expect(stands({ alive: false, sameBoot: false })).toEqual(["lost", false, 50]);
  });
});

test("one that lives: its agent's word before the terminal's", () => {
  expect(stands({ said: ["waiting", 80] })).toEqual(["waiting", false, 80]);
  expect(stands({})).toEqual(["working", true, 95]);
  expect(stands({ active: 90 })).toEqual(["idle", true, 90]);
  expect(stands({ active: undefined })).toEqual(["working", true, 50]);
});

test.each([
  "",
  "x",
  "1",
  "1 2 shutdown",
  "1 2 vm; rm",
  "1000 2",
  "1 1234567890123",
  "-1 2",
  "1 2 vm\u001b[2J",
])("%j is no end", (text) => expect(parseEnd(text)).toBeUndefined());

test("it reads as it is", () => {
  const text = (state: "failed" | "lost" | "killed" | "idle", reason?: "memory" | "vm") =>
    stateText({ state, guessed: state === "idle", exitCode: 137, reason });
  expect(text("failed")).toBe("failed (137)");
  expect(text("failed", "memory")).toBe("failed (out of memory)");
  expect(text("lost", "vm")).toBe("ended with the VM");
  expect(text("killed")).toBe("killed");
  expect(text("idle")).toBe("idle?");
});
