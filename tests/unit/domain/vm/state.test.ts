// The VM's state from every combination of what can be seen of it.
import { describe, expect, test } from "vitest";
import { STATES, type VmFacts, vmState } from "../../../../src/domain/vm/state.ts";

const PHASES = [undefined, "creating", "created", "pinned", "ready"] as const;
/** Every word Lima has for an instance, "" for one it cannot read, undefined for none. */
const INSTANCES = [undefined, "", "Running", "Stopped", "Broken", "Uninitialized", "Installing"];
const VERBS = [undefined, "start", "stop", "restart", "connect", "destroy"];
const BOTH = [false, true];

const TABLE: VmFacts[] = PHASES.flatMap((phase) =>
  INSTANCES.flatMap((instance) =>
    VERBS.flatMap((busyWith) =>
      BOTH.flatMap((stalePids) => BOTH.map((answers) => ({ phase, instance, busyWith, stalePids, answers }))),
    ),
  ),
);

const all = (which: (facts: VmFacts) => boolean) => TABLE.filter(which);
const states = (facts: readonly VmFacts[]) => [...new Set(facts.map(vmState))].sort();
/** Lima's word decides only while nobody is at work and nothing has answered. */
const quiet = (facts: VmFacts) => facts.busyWith === undefined && !facts.answers;

describe("in every combination", () => {
  test("the state is one of the words, and each word is reached", () => {
    expect(states(TABLE)).toEqual([...STATES].sort());
  });

  test("an instance of ours is never called missing", () => {
    const ours = all((facts) => facts.instance !== undefined && facts.phase !== undefined);
    expect(states(ours)).not.toContain("missing");
  });

  test("a VM that was ready is never called half-made: that would invite making it anew", () => {
    expect(states(all((facts) => facts.phase === "ready"))).not.toContain("half-made");
  });

  test("only a VM that was never ready is called half-made, and only with a record", () => {
    const found = all((facts) => vmState(facts) === "half-made").map((facts) => facts.phase);
    expect(new Set(found)).toEqual(new Set(["creating", "created", "pinned"]));
  });

  test("only an instance without a record is foreign, and in peace it always is", () => {
    for (const facts of all((one) => vmState(one) === "foreign")) {
      expect(facts).toMatchObject({ phase: undefined, instance: expect.any(String) });
    }
    const strangers = all((facts) => facts.phase === undefined && facts.instance !== undefined);
    expect(states(strangers.filter((facts) => facts.busyWith === undefined))).toEqual(["foreign"]);
  });

  test("an answer means running for a ready VM, and for no other", () => {
    expect(states(all((facts) => facts.answers && facts.phase === "ready"))).toEqual(["running"]);
    expect(states(all((facts) => facts.phase !== "ready"))).not.toContain("running");
    expect(states(all((facts) => !facts.answers))).not.toContain("running");
  });

  test("starting and stopping are said exactly while a command is at work", () => {
    for (const facts of all((one) => !(one.answers && one.phase === "ready"))) {
      const atWork = ["starting", "stopping"].includes(vmState(facts));
      expect(atWork, JSON.stringify(facts)).toBe(facts.busyWith !== undefined);
    }
  });

  test("pids of strangers never make a VM running, broken or deaf", () => {
    const stale = all((facts) => facts.stalePids && quiet(facts) && facts.instance !== "");
    expect(states(stale)).toEqual(["foreign", "half-made", "missing", "stopped"]);
  });
});

const READY: VmFacts = {
  phase: "ready",
  instance: "Running",
  stalePids: false,
  answers: false,
  busyWith: undefined,
};

describe("a VM", () => {
  test.each<[string, Partial<VmFacts>]>([
    ["missing", { phase: undefined, instance: undefined }],
    ["missing", { instance: undefined }],
    ["foreign", { phase: undefined, instance: "Running" }],
    ["foreign", { phase: undefined, instance: "Stopped" }],
    ["foreign", { phase: undefined, instance: "" }],
    ["half-made", { phase: "creating", instance: undefined }],
    ["half-made", { phase: "creating", instance: "Stopped" }],
    ["half-made", { phase: "created", instance: "Running" }],
    ["half-made", { phase: "pinned", instance: "Running", answers: true }],
    ["half-made", { phase: "pinned", instance: "" }],
    ["stopped", { instance: "Stopped" }],
    ["stopped", { instance: "Broken", stalePids: true }],
    ["stopped", { instance: "Running", stalePids: true }],
    ["starting", { instance: "Stopped", busyWith: "start" }],
    ["starting", { phase: undefined, instance: undefined, busyWith: "connect" }],
    ["stopping", { busyWith: "stop" }],
    ["stopping", { busyWith: "destroy" }],
    ["running", { answers: true }],
    ["running", { answers: true, instance: undefined }],
    ["running", { answers: true, busyWith: "start" }],
    ["not answering", {}],
    ["broken", { instance: "Broken" }],
    ["broken", { instance: "" }],
    ["broken", { instance: "Uninitialized" }],
  ])("is %s: %j", (state, facts) => expect(vmState({ ...READY, ...facts })).toBe(state));
});
