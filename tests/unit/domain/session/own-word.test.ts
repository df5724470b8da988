// Where a session stands: the agent's own word, and when it does not count.
import { describe, expect, test } from "vitest";
import { agentState, type Said, type StateFacts } from "../../../../src/domain/session/state.ts";

const NOW = 1_000_000;
/** An agent that said something 30 seconds ago; its terminal changed a second ago. */
const facts = (change: Partial<StateFacts> = {}): StateFacts => ({
  kind: "agent",
  end: undefined,
  said: ["working", NOW - 30],
  alive: true,
  sameBoot: true,
  active: NOW - 1,
  started: NOW - 100,
  now: NOW,
  ...change,
});
const says = (said: Said, change: Partial<StateFacts> = {}) => facts({ said: [said, NOW - 30], ...change });
const own = (state: Said) => ({ state, guessed: false, since: NOW - 30 });

describe("an agent that tells both", () => {
  test.each(["working", "waiting"] as const)("is %s", (said) => {
    expect(agentState(says(said))).toEqual(own(said));
    expect(agentState(says(said, { active: undefined }))).toEqual(own(said));
  });

  test("waits, although its terminal still changes or is long still", () => {
    for (const active of [NOW, NOW - 5000])
      expect(agentState(says("waiting", { active }))).toEqual(own("waiting"));
  });

  test("may not work any more when its terminal is still for a minute", () => {
    expect(agentState(says("working", { active: NOW - 59 })).guessed).toBe(false);
    expect(agentState(says("working", { active: NOW - 60 }))).toEqual({ ...own("working"), guessed: true });
  });

  test("has ended, whatever it said", () => {
    expect(agentState(says("waiting", { end: { code: 0, at: NOW, reason: undefined } }))).toMatchObject({
      state: "finished",
      guessed: false,
    });
    expect(agentState(says("waiting", { alive: false })).state).toBe("killed");
  });
});

describe("what an agent does not tell by itself", () => {
  test("is a guess, also when something said it", () => {
    expect(agentState(says("working"), [])).toEqual({ state: "working", guessed: true, since: NOW - 1 });
    expect(agentState(says("waiting", { active: NOW - 20 }), [])).toMatchObject({
      state: "idle",
      guessed: true,
    });
    expect(agentState(says("working"), ["waiting"])).toMatchObject({ guessed: true });
  });

  test("working: it waits until its terminal changes", () => {
    expect(agentState(says("waiting", { active: NOW - 28 }), ["waiting"])).toEqual(own("waiting"));
    const after = agentState(says("waiting", { active: NOW - 1 }), ["waiting"]);
    expect(after).toEqual({ state: "working", guessed: true, since: NOW - 1 });
  });

  test("waiting: it works until its terminal is still", () => {
    expect(agentState(says("working"), ["working"])).toEqual(own("working"));
    expect(agentState(says("working", { active: NOW - 10 }), ["working"])).toMatchObject({
      state: "idle",
      guessed: true,
    });
  });
});
