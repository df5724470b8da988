// The lock between processes: one holder at a time, whoever dies and whenever.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BuildOptions, build } from "esbuild";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { EXIT, Interrupted } from "../../../src/errors.ts";
import { type Holder, lockHolder, startTime, withLock } from "../../../src/io/lock.ts";

const top = mkdtempSync(join(tmpdir(), "agent-vm-lock-"));
const worker = join(top, "worker.mjs");
let directory: string;
let path: string;

beforeAll(async () => {
  const entryPoints = [join(import.meta.dirname, "lock-worker.ts")];
  const form: BuildOptions = { bundle: true, platform: "node", format: "esm", external: ["execa"] };
  await build({ ...form, entryPoints, outfile: worker, logLevel: "error" });
});
afterAll(() => rmSync(top, { recursive: true }));
beforeEach(() => {
  directory = mkdtempSync(join(top, "one-"));
  path = join(directory, "lock");
});

const options = (more: object = {}) => ({
  command: "agent-vm start",
  signal: new AbortController().signal,
  ...more,
});

/** Runs the worker to its end: what it printed. */
async function race(rounds: number, deadly = 0): Promise<string> {
  const child = spawn(process.execPath, [worker, directory, String(rounds), String(deadly)]);
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (printed += bytes));
  await new Promise((resolve) => child.once("close", resolve));
  return printed;
}

/** A living process that is not us, and what a lock of its would say. */
async function stranger(): Promise<{ child: ChildProcess; holder: Holder }> {
  const child = spawn("sleep", ["60"]);
  onTestFinished(() => void child.kill("SIGKILL"));
  await new Promise((resolve) => child.once("spawn", resolve));
  const pid = child.pid ?? 0;
  return { child, holder: { pid, started: (await startTime(pid)) ?? "", command: "agent-vm destroy" } };
}

const plant = (holder: object, file = path) => writeFileSync(file, JSON.stringify(holder));
const DEAD: Holder = { pid: 2 ** 22 + 1, started: "1", command: "agent-vm start" };

test("many processes hold it one at a time, even when some die with it", { timeout: 20_000 }, async () => {
  plant(DEAD);
  const printed = await Promise.all([
    race(100),
    race(100),
    race(100),
    race(40, 5),
    race(40, 9),
    race(40, 14),
  ]);
  const lines = printed.join("").split("\n").filter(Boolean);
  expect(lines.filter((line) => line !== "held")).toEqual([]);
  expect(lines).toHaveLength(3 * 100 + 5 + 9 + 14);
  await withLock(path, options(), async () => {});
  expect(readdirSync(directory).filter((name) => name !== "inside")).toEqual([]);
});

test("the file names its holder, for itself alone to read, and is gone afterwards", async () => {
  await withLock(path, options(), async () => {
    expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({
      pid: process.pid,
      started: await startTime(process.pid),
      command: "agent-vm start",
    });
    expect(readdirSync(directory)).toEqual(["lock"]);
  });
  expect(readdirSync(directory)).toEqual([]);
});

test("work that fails gives it back, with its own error", async () => {
  await expect(withLock(path, options(), () => Promise.reject(new Error("no disk")))).rejects.toThrow(
    "no disk",
  );
  expect(readdirSync(directory)).toEqual([]);
});

describe("a lock whose holder", () => {
  const obtained = () => withLock(path, options({ patience: 0 }), async () => "mine");

  test("was ended with kill -9 is taken over", async () => {
    const { child, holder } = await stranger();
    plant(holder);
    expect(await lockHolder(path)).toEqual(holder);
    await expect(obtained()).rejects.toMatchObject({ exit: EXIT.notReady });
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("exit", resolve));
    expect(await lockHolder(path)).toBeUndefined();
    expect(await obtained()).toBe("mine");
  });

  test("is a pid that another process has now is taken over", async () => {
    const { holder } = await stranger();
    plant({ ...holder, started: "12345" });
    expect(await lockHolder(path)).toBeUndefined();
    expect(await obtained()).toBe("mine");
  });

  test.each(["", "{", "null", "42", "{}"])("a power failure cut to %j is taken over", async (text) => {
    writeFileSync(path, text);
    expect(await lockHolder(path)).toBeUndefined();
    expect(await obtained()).toBe("mine");
  });

  test("died is taken over even where another one died just doing that", async () => {
    plant(DEAD);
    plant(DEAD, `${path}.break`);
    plant(DEAD, `${path}.break.break`);
    expect(await obtained()).toBe("mine");
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe("while another process holds it", () => {
  test("the one who waits is told once who, and gets it when that one ends", async () => {
    const { child, holder } = await stranger();
    plant(holder);
    const onWait = vi.fn((_holder: Holder) => void setTimeout(() => child.kill("SIGKILL"), 500));
    expect(await withLock(path, options({ onWait }), async () => "mine")).toBe("mine");
    expect(onWait.mock.calls).toEqual([[holder]]);
  });

  test("patience ends with a sentence that names the command", async () => {
    const { holder } = await stranger();
    plant(holder);
    await expect(withLock(path, options({ patience: 300 }), async () => {})).rejects.toMatchObject({
      message: `Another command is still at work: agent-vm destroy (process ${holder.pid}).`,
      exit: EXIT.notReady,
    });
    expect(JSON.parse(readFileSync(path, "utf8"))).toEqual(holder);
    expect(readdirSync(directory)).toEqual(["lock"]);
  });

  test("Ctrl-C ends the wait and leaves the lock alone", async () => {
    const { holder } = await stranger();
    plant(holder);
    const abort = new AbortController();
    const onWait = () => abort.abort();
    const work = vi.fn(async () => {});
    await expect(withLock(path, options({ onWait, signal: abort.signal }), work)).rejects.toThrow(
      Interrupted,
    );
    expect(work).not.toHaveBeenCalled();
    expect(readdirSync(directory)).toEqual(["lock"]);
  });
});

test("our own lock is no other's, and no lock has no holder", async () => {
  expect(await lockHolder(path)).toBeUndefined();
  await withLock(path, options(), async () => expect(await lockHolder(path)).toBeUndefined());
});

test("a process's start time is lasting, and a missing process has none", async () => {
  expect(await startTime(process.pid)).toBe(await startTime(process.pid));
  expect(await startTime(DEAD.pid)).toBeUndefined();
});
