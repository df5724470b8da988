// The way to the host's proxy before a VM that lets us in and then says nothing: nobody waits for ever.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { parseVmName, pathsFor } from "../../../../src/domain/paths.ts";
import { openProxyWay, STANDS_LIMIT } from "../../../../src/domain/vm/proxy-way.ts";
import type { Run, RunOptions } from "../../../../src/io/run.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "av-way-"));
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(home, { recursive: true, force: true });
});

const proxy = { tls: false, host: "127.0.0.1", port: 1 };

/** ssh, which says `line` and ends when it is made to. */
function open(line?: string) {
  const run = ((_argv: readonly string[], { signal, onLine }: RunOptions) => {
    if (line !== undefined) onLine?.(line);
    return new Promise((_resolve, reject) =>
      signal?.addEventListener("abort", () => reject(new Error("over"))),
    );
  }) as unknown as Run;
  const paths = pathsFor(parseVmName("test"), { uid: 1000, env: { HOME: home } });
  const target = { alias: "a", adminAlias: "b", configFile: "/c" };
  const upstream = { connect: proxy, plain: proxy };
  return openProxyWay({ run, paths }, target, { upstream, socket: join(home, "s"), log: () => undefined });
}

test("one that stands is ready at once", async () => {
  const way = await open("up");
  await way.ready;
  expect([way.stands(), way.silent()]).toEqual([true, false]);
  const closed = way.close();
  await vi.advanceTimersByTimeAsync(10_000);
  await closed;
});

test("a silent VM ends the waiting, is told, and does not hold up the end", async () => {
  const way = await open();
  const ready = way.ready.then(() => "ready");
  await vi.advanceTimersByTimeAsync(STANDS_LIMIT - 1);
  expect(way.silent()).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(await ready).toBe("ready");
  expect([way.stands(), way.silent()]).toEqual([false, true]);
  const closed = way.close().then(() => "closed");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await closed).toBe("closed");
});
