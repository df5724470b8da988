// When the keeper brings the mount back: wanted × seen × pauses.
import { describe, expect, test } from "vitest";
import {
  type Act,
  fresh,
  type Look,
  type Memory,
  type Outcome,
  plan,
  tried,
} from "../../../../src/domain/keeper/mount-plan.ts";

const START = 1_000_000_000;
const LOST: Look = { now: START, wanted: true, closed: false, condition: "unmounted", busy: false };
const act = (change: Partial<Look>, memory: Memory = fresh(START)) =>
  plan(memory, { ...LOST, ...change }).act;

/** One look a second; what each attempt comes to; the seconds of the attempts. */
function live(
  seconds: number,
  world: (second: number) => Partial<Look>,
  outcome: (second: number) => Outcome,
) {
  let memory = fresh(START);
  const tries: number[] = [];
  const acts: Act[] = [];
  for (let second = 0; second <= seconds; second++) {
    const now = START + second * 1000;
    const planned = plan(memory, { ...LOST, now, ...world(second) });
    memory = planned.memory;
    acts.push(planned.act);
    if (planned.act === "try") {
      tries.push(second);
      memory = tried(memory, outcome(second), now);
    }
  }
  return { tries, acts };
}

describe("the keeper", () => {
  test.each<[string, Partial<Look>, Act]>([
    ["does nothing for a mount that nobody wants", { wanted: false }, "idle"],
    ["does nothing after a breach", { closed: true }, "idle"],
    ["does nothing for one that is closed and hung", { closed: true, condition: "hung" }, "idle"],
    ["leaves a good one", { condition: "mounted" }, "rest"],
    ["leaves a busy one", { condition: "stalled" }, "rest"],
    ["leaves somebody else's", { condition: "occupied" }, "rest"],
    ["waits for a command that is at work on the VM", { busy: true }, "rest"],
    ["brings back one that is gone", {}, "try"],
    ["brings back one whose sshfs is gone", { condition: "stale" }, "try"],
    ["brings back one that says nothing any more", { condition: "hung" }, "try"],
  ])("%s", (_name, change, expected) => expect(act(change)).toBe(expected));

  test("waits longer and longer for a VM that is away, and never ends", () => {
    const { tries } = live(
      400,
      () => ({}),
      () => "no answer",
    );
    expect(tries).toEqual([0, 1, 3, 8, 18, 38, 78, 138, 198, 258, 318, 378]);
    const day = live(
      86_400,
      () => ({}),
      () => "no answer",
    );
    expect(day.acts).not.toContain("give up");
  });

  test("begins anew with short pauses once it was mounted", () => {
    const world = (second: number): Partial<Look> =>
      second > 138 && second < 600 ? { condition: "mounted" } : {};
    const { tries } = live(606, world, (second) => (second === 138 ? "mounted" : "no answer"));
    expect(tries).toEqual([0, 1, 3, 8, 18, 38, 78, 138, 600, 601, 603]);
  });

  test("tries at once when the host has slept, or its clock was set back", () => {
    const waiting: Memory = { ...fresh(START), tries: 6, nextAt: START + 60_000 };
    expect(act({ now: START + 1000 }, waiting)).toBe("rest");
    expect(act({ now: START + 20_000 }, waiting)).toBe("try");
    expect(act({ now: START - 20_000 }, waiting)).toBe("try");
  });

  test.each([
    ["each time it is there", 1],
    ["before it is looked at", 0],
  ])("gives up a mount that is lost %s", (_name, looks) => {
    let back = -10;
    const world = (second: number): Partial<Look> =>
      second > back && second <= back + looks ? { condition: "mounted" } : {};
    const { tries, acts } = live(2000, world, (second) => {
      back = second;
      return "mounted";
    });
    expect(acts.indexOf("give up")).toBeGreaterThan(120);
    expect(tries.length).toBe(11);
  });

  test("does not count a loss after a long good time", () => {
    let back = -1;
    const world = (second: number): Partial<Look> =>
      second > back && second < back + 400 && back >= 0 ? { condition: "mounted" } : {};
    const { acts, tries } = live(20_000, world, (second) => {
      back = second;
      return "mounted";
    });
    expect(acts).not.toContain("give up");
    expect(tries.length).toBeGreaterThan(40);
  });

  test("gives up when the VM answers and mounting fails for half an hour", () => {
    const { tries, acts } = live(
      4000,
      () => ({}),
      () => "failed",
    );
    expect(acts.indexOf("give up")).toBeGreaterThan(1200);
    expect(tries.length).toBe(30);
  });
});
