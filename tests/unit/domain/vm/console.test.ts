// A VM that shows nothing on its console within the time is reported, any other is not.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SERIAL_LOGS } from "../../../../src/adapters/limactl.ts";
import { SILENCE, watchConsole } from "../../../../src/domain/vm/console.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "agent-vm-console-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const LIMIT = 30;
const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Watches while `work` happens and until silence is reported, or for some time more: how often it was. */
async function reports(work: () => void): Promise<number> {
  const onSilence = vi.fn();
  const watch = watchConsole(directory, onSilence, LIMIT);
  work();
  await vi.waitFor(() => expect(onSilence).toHaveBeenCalled(), { timeout: 10 * LIMIT }).catch(() => {});
  await wait(2 * LIMIT);
  watch.stop();
  expect(watch.silent()).toBe(onSilence.mock.calls.length > 0);
  return onSilence.mock.calls.length;
}

test("no log at all is silence, told once", async () => expect(await reports(() => {})).toBe(1));

test("empty logs are silence", async () => {
  const touch = () => {
    for (const name of SERIAL_LOGS) writeFileSync(join(directory, name), "");
  };
  expect(await reports(touch)).toBe(1);
});

test.each(SERIAL_LOGS)("one byte in %s is a sign of life", async (name) => {
  expect(await reports(() => writeFileSync(join(directory, name), "\0"))).toBe(0);
});

test("a log of another program is none", async () => {
  expect(await reports(() => writeFileSync(join(directory, "ha.stderr.log"), "waiting"))).toBe(1);
});

test("nothing is reported after the watch ended", async () => {
  const onSilence = vi.fn();
  watchConsole(directory, onSilence, LIMIT).stop();
  await wait(3 * LIMIT);
  expect(onSilence).not.toHaveBeenCalled();
});

test("a kernel has a minute", () => expect(SILENCE).toBe(60_000));
