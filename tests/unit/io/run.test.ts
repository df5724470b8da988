// Files as standard input and output of a child: whole, flat in memory, and failures are told as what they are.
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Interrupted, ToolError } from "../../../src/errors.ts";
import { run } from "../../../src/io/run.ts";

let at: string;
beforeEach(() => {
  at = mkdtempSync(join(tmpdir(), "run-"));
});
afterEach(() => rmSync(at, { recursive: true, force: true }));

const MiB = 1024 * 1024;

test("files go in one after the other, and what comes out goes into a file", async () => {
  writeFileSync(join(at, "a"), Buffer.alloc(3 * MiB, 1));
  writeFileSync(join(at, "b"), Buffer.alloc(5, 2));
  const sent: number[] = [];
  const { stdout, stderr } = await run(["sh", "-c", "cat; echo said >&2"], {
    inputFile: [join(at, "a"), join(at, "b")],
    onSent: (bytes) => sent.push(bytes),
    stdoutFile: join(at, "out"),
  });
  expect([stdout, stderr]).toEqual(["", "said\n"]);
  const whole = Buffer.concat([readFileSync(join(at, "a")), readFileSync(join(at, "b"))]);
  expect(readFileSync(join(at, "out")).equals(whole)).toBe(true);
  expect(sent.at(-1)).toBe(3 * MiB + 5);
  expect(statSync(join(at, "out")).mode & 0o777).toBe(0o600);
});

test("half of an answer is none, also of a child that ends well", async () => {
  const child = ["sh", "-c", "head -c 300000 /dev/zero 2>/dev/null; true"];
  await expect(run(child, { maxKept: 100_000 })).rejects.toThrow("wrote more than is read of it");
  expect((await run(child, { maxKept: 300_000 })).stdout).toHaveLength(300_000);
});

test("memory stays flat", async () => {
  const before = process.memoryUsage().rss;
  await run(["head", "-c", String(200 * MiB), "/dev/zero"], { stdoutFile: join(at, "big") });
  const { stdout } = await run(["wc", "-c"], { inputFile: join(at, "big") });
  expect(stdout.trim()).toBe(String(200 * MiB));
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * MiB);
});

test("a child that does not read, or fails, is told by its exit code", async () => {
  writeFileSync(join(at, "a"), Buffer.alloc(3 * MiB, 1));
  expect((await run(["true"], { inputFile: join(at, "a") })).code).toBe(0);
  const failed = run(["sh", "-c", "exit 7"], { inputFile: join(at, "a"), stdoutFile: join(at, "out") });
  await expect(failed).rejects.toBeInstanceOf(ToolError);
});

test("a file that cannot be read or made is the system's own error, and the child is ended", async () => {
  writeFileSync(join(at, "there"), "precious");
  await expect(run(["sleep", "60"], { inputFile: join(at, "missing") })).rejects.toMatchObject({
    code: "ENOENT",
  });
  await expect(run(["yes"], { stdoutFile: join(at, "there") })).rejects.toMatchObject({ code: "EEXIST" });
  expect(readFileSync(join(at, "there"), "utf8")).toBe("precious");
});

test("a program that does not exist is said to be missing", async () => {
  const work = run(["/nowhere/program"], { inputFile: "/dev/null", stdoutFile: join(at, "out") });
  await expect(work).rejects.toMatchObject({ failure: { reason: "ENOENT" } });
});

test("Ctrl-C and an idle limit end it in the middle", async () => {
  const stop = new AbortController();
  const work = run(["yes"], { stdoutFile: join(at, "out"), signal: stop.signal });
  setTimeout(() => stop.abort(), 100);
  await expect(work).rejects.toBeInstanceOf(Interrupted);
  expect(existsSync(join(at, "out"))).toBe(true);
  const idle = run(["sleep", "60"], { stdoutFile: join(at, "idle"), idleTimeout: 100 });
  await expect(idle).rejects.toMatchObject({ failure: { reason: "timed out" } });
});

test("what a silent child started is ended with it", async () => {
  const note = join(at, "helper");
  const script = `(trap 'echo >"$0"; exit' TERM; while :; do sleep 0.05; done) & wait`;
  await expect(run(["sh", "-c", script, note], { idleTimeout: 2000 })).rejects.toMatchObject({
    failure: { reason: "timed out" },
  });
  await vi.waitFor(() => expect(existsSync(note)).toBe(true), 30_000);
});

test("Ctrl-C does not wait for a helper that outlives the child", async () => {
  const abort = new AbortController();
  const note = join(at, "helper");
  const work = run(["sh", "-c", 'sleep 60 & echo $! >"$0"; wait', note], { signal: abort.signal });
  work.catch(() => undefined);
  await vi.waitFor(() => expect(readFileSync(note, "utf8")).toMatch(/\n$/), 15_000);
  const since = Date.now();
  abort.abort();
  await expect(work).rejects.toBeInstanceOf(Interrupted);
  expect(Date.now() - since).toBeLessThan(20_000);
  process.kill(Number(readFileSync(note, "utf8")));
});
