// A session that waits for a moment calls nobody.
import { beforeEach, expect, test } from "vitest";
import type { SessionEvent } from "../../../../src/domain/watch/events.ts";
import { LASTING, type Later, settled } from "../../../../src/domain/watch/settle.ts";

let now: number;
let told: string[];
let take: (event: Partial<SessionEvent>) => void;
let timers: { at: number; what: () => void }[];
function passes(milliseconds: number): void {
  now += milliseconds;
  for (const timer of timers.filter(({ at }) => at <= now)) {
    timers = timers.filter((one) => one !== timer);
    timer.what();
  }
}

beforeEach(() => {
  [now, told, timers] = [0, [], []];
  const later: Later = (milliseconds, what) => {
    const timer = { at: now + milliseconds, what };
    timers.push(timer);
    return () => {
      timers = timers.filter((one) => one !== timer);
    };
  };
  const settle = settled(({ text }) => void told.push(text), later);
  take = (change) =>
    settle({
      ...{ event: "waiting", branch: "work", repo: "shop", dir: "shop-work", session: "0123456789abcdef" },
      ...{ kind: "agent", agent: "claude", title: "claude -p", guessed: false },
      ...change,
    });
});

test("waiting that lasts is told, once", () => {
  take({});
  passes(LASTING - 1);
  expect(told).toEqual([]);
  passes(1);
  expect(told).toEqual(["claude waits for you"]);
  take({ event: "finished" });
  passes(LASTING);
  expect(told).toEqual(["claude waits for you", "claude has finished"]);
});

test.each(["finished", "failed", "killed", "lost"] as const)(
  "one that has %s at once is told of alone",
  (event) => {
    take({});
    passes(LASTING - 1);
    take({ event });
    expect(told).toHaveLength(1);
    passes(LASTING);
    expect(told).toEqual([expect.not.stringContaining("waits")]);
  },
);

test("one that goes on by itself calls nobody; others are told of as they would be", () => {
  take({});
  take({ session: "1111111111111111", agent: "codex" });
  passes(LASTING - 1);
  take({ event: "working" });
  take({ session: "2222222222222222", event: "finished", agent: "mine" });
  passes(LASTING);
  expect(told).toEqual(["mine has finished", "codex waits for you"]);
  expect(timers).toEqual([]);
});
