// What the end of sessions does at which time.
import { expect, test } from "vitest";
import { type EndStep, nextStep } from "../../../../src/domain/session/end-steps.ts";

/** All signals of an end that lasts, looked at each second. */
function signals(grace: number, looks = 30): [number, EndStep][] {
  const sent: [number, EndStep][] = [[0, "ask"]];
  for (let elapsed = 0; elapsed <= looks; elapsed++) {
    const step = nextStep({ elapsed, grace, last: sent.at(-1)?.[1] ?? "ask" });
    if (step !== "look") sent.push([elapsed, step]);
    if (step === "kill") break;
  }
  return sent;
}

test("each signal is sent once, nobody is killed before his time", () => {
  expect(signals(20)).toEqual([
    [0, "ask"],
    [10, "hangup"],
    [20, "kill"],
  ]);
  expect(signals(1)).toEqual([
    [0, "ask"],
    [1, "kill"],
  ]);
});

test("without time they are killed at once; with more than they need, never", () => {
  expect(signals(0)).toEqual([
    [0, "ask"],
    [0, "kill"],
  ]);
  expect(signals(600)).toEqual([[0, "ask"]]);
});
