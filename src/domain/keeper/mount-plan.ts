// When the keeper brings the mount back: wanted × seen × pauses → act. Pure.
import type { MountCondition } from "../mount/state.ts";

/** What one look shows. */
export interface Look {
  /** Milliseconds of the wall clock, which goes on while the host sleeps. */
  now: number;
  wanted: boolean;
  /** After a breach, or brought back too often. */
  closed: boolean;
  /** hung: requests stay unanswered for longer than the guard would let them. */
  condition: MountCondition | "hung";
  /** Another command is at work on the VM: it may be about to stop it. */
  busy: boolean;
}

/** What an attempt came to. gone: there was nothing left to do. */
export type Outcome = "mounted" | "gone" | "no answer" | "failed";

export interface Memory {
  lookedAt: number;
  /** Attempts since it was mounted last. */
  tries: number;
  /** Those of them in which the VM answered, and mounting failed. */
  failures: number;
  nextAt: number;
  /** When it was found mounted. */
  since: number | undefined;
  /** Times it was lost soon after it was there. */
  losses: number;
}

/** idle: nothing is wanted of the keeper. */
export type Act = "idle" | "rest" | "try" | "give up";

const SECOND = 1000;
const PAUSES = [1, 2, 5, 10, 20, 40, 60].map((seconds) => seconds * SECOND);
/** Between two looks for longer than this the host slept: what failed before says nothing about now. */
const ASLEEP = 15 * SECOND;
/** A mount that was there for so long was a good one. */
const STEADY = 5 * 60 * SECOND;
/** Whoever kills what is brought back so often wins: a VM can break each one. */
const MAX_LOSSES = 10;
const MAX_FAILURES = 30;

const pauseAfter = (count: number): number => PAUSES[Math.min(count, PAUSES.length - 1)] ?? SECOND;

export const fresh = (now: number): Memory => ({
  lookedAt: now,
  tries: 0,
  failures: 0,
  nextAt: now,
  since: undefined,
  losses: 0,
});

export function plan(before: Memory, look: Look): { act: Act; memory: Memory } {
  const { now, condition } = look;
  if (!look.wanted || look.closed) return { act: "idle", memory: fresh(now) };
  const slept = now - before.lookedAt > ASLEEP || now < before.lookedAt;
  const memory = { ...before, lookedAt: now, ...(slept && { tries: 0, nextAt: now }) };
  if (condition === "mounted" || condition === "stalled") return { act: "rest", memory: there(memory, now) };
  const lost = memory.since === undefined ? memory : gone(memory, now);
  const isOver = lost.losses > MAX_LOSSES || lost.failures >= MAX_FAILURES;
  if (isOver) return { act: "give up", memory: lost };
  const waits = look.busy || condition === "occupied" || now < lost.nextAt;
  return { act: waits ? "rest" : "try", memory: lost };
}

function there(memory: Memory, now: number): Memory {
  const since = memory.since ?? now;
  const losses = now - since >= STEADY ? 0 : memory.losses;
  return { ...memory, tries: 0, failures: 0, since, losses };
}

/** The first time at once, then after a pause that grows. */
function gone(memory: Memory, now: number): Memory {
  const nextAt = memory.losses === 0 ? now : now + pauseAfter(memory.losses - 1);
  return { ...memory, since: undefined, losses: memory.losses + 1, nextAt };
}

export function tried(memory: Memory, outcome: Outcome, now: number): Memory {
  if (outcome === "gone") return memory;
  // Known at once: it may be lost before the next look.
  if (outcome === "mounted") return there({ ...memory, lookedAt: now }, now);
  const tries = memory.tries + 1;
  const failures = memory.failures + (outcome === "failed" ? 1 : 0);
  return { ...memory, lookedAt: now, tries, failures, nextAt: now + pauseAfter(tries - 1) };
}
