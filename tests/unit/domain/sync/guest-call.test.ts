// A call in the guest that says nothing in time is ended; one that has begun may take as long as its work.
import { expect, test } from "vitest";
import { callGuest } from "../../../../src/domain/sync/guest.ts";
import { EXIT, Interrupted } from "../../../../src/errors.ts";
import { parsed } from "../../../../src/guard/from-guest.ts";
import type { Run } from "../../../../src/io/run.ts";

const TARGET = { configFile: "/none", alias: "vm", adminAlias: "vm-admin" };
const BEGIN = 50;

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
const wait = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

function calling(run: Run, signal = new AbortController().signal) {
  return callGuest({ run, signal }, TARGET, { text: "", data: new Uint8Array(), begin: BEGIN });
}
const untilAborted: Run = async (_, { signal } = {}) => {
  if (signal) await aborted(signal);
  throw new Interrupted();
};

test("silence is a VM that does not answer", async () => {
  await expect(calling(untilAborted)).rejects.toMatchObject({ exit: EXIT.notReady });
});

test("what has said a word is waited for", async () => {
  const talks: Run = async (_, { onData, signal } = {}) => {
    onData?.(Buffer.from("x"));
    await wait(4 * BEGIN);
    if (signal?.aborted) throw new Interrupted();
    return { code: 0, stdout: "x", stderr: "" };
  };
  expect(parsed(await calling(talks), String)).toBe("x");
});

test("Ctrl-C stays Ctrl-C", async () => {
  const over = new AbortController();
  const answer = calling(untilAborted, over.signal);
  over.abort();
  await expect(answer).rejects.toBeInstanceOf(Interrupted);
});
