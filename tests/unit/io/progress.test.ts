import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { bytesText } from "../../../src/io/bytes-text.ts";
import type { Output } from "../../../src/io/output.ts";
import { progressText, startProgress } from "../../../src/io/progress.ts";

const said: string[] = [];
const out = {
  step: (text: string) => {
    said.push(`step ${text}`);
    return {
      update: (more: string) => said.push(more),
      done: () => said.push("done"),
      failed: () => said.push("failed"),
    };
  },
} as unknown as Output;

beforeEach(() => {
  said.length = 0;
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

test("says nothing of what takes under a second", () => {
  const bar = startProgress(out, "copy", { total: 10 });
  vi.advanceTimersByTime(900);
  bar.add(10);
  bar.done();
  vi.advanceTimersByTime(5000);
  expect(said).toEqual([]);
});

test("tells share, amount, rate and time left", () => {
  const bar = startProgress(out, "copy", { total: 100_000_000 });
  vi.advanceTimersByTime(2000);
  bar.add(20_000_000);
  bar.add(1);
  vi.advanceTimersByTime(2000);
  bar.add(29_999_999);
  bar.failed();
  expect(said).toEqual([
    "step copy",
    "20 %, 20 MB of 100 MB, 10 MB/s, 8 s left",
    "50 %, 50 MB of 100 MB, 13 MB/s, 4 s left",
    "failed",
  ]);
});

test("leaves out what is not known", () => {
  expect(progressText(1500, undefined, 0)).toBe("1.5 kB");
  expect(progressText(200, 100, 10)).toBe("200 bytes, 10 bytes/s");
  expect(progressText(0, 3_600_000_000, 500_000)).toBe("0 %, 0 bytes of 3.6 GB, 500 kB/s, 2 h 0 min left");
  expect([1, 999, 1000, 9_960, 999_600].map(bytesText)).toEqual([
    "1 byte",
    "999 bytes",
    "1.0 kB",
    "10 kB",
    "1.0 MB",
  ]);
});
