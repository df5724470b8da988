// Why Lima's host agent gave up, from its log.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { graveMessages, hostAgentFailures } from "../../../../src/domain/vm/host-agent-log.ts";

const LOG = [
  '{"level":"debug","msg":"Creating iso file","time":"2026-01-01T00:00:00Z"}',
  '{"level":"info","msg":"Starting QEMU (hint: to watch the boot progress, see \\"serial*.log\\")","time":"…"}',
  '{"level":"info","msg":"qemu[stderr]: error: failed to set MSR 0x480 to 0x0","time":"…"}',
  '{"level":"warning","msg":"GRPC port forwarding is experimental","time":"…"}',
  '{"level":"error","msg":"Driver stopped due to error: \\"signal: aborted\\"","time":"…"}',
  '{"level":"fatal","msg":"exiting, status={Running:false}","time":"…"}',
].join("\n");

test("errors and QEMU's own words are told, nothing else", () => {
  expect(graveMessages(LOG)).toEqual([
    "qemu[stderr]: error: failed to set MSR 0x480 to 0x0",
    'Driver stopped due to error: "signal: aborted"',
    "exiting, status={Running:false}",
  ]);
});

test("lines of another form are passed over", () => {
  const odd = ["", "panic: runtime error", "{", "null", "42", '"error"', "[]", "{}", '{"level":"error"}'];
  const wrongTypes = ['{"level":"error","msg":5}', '{"level":"info","msg":{}}', '{"level":1,"msg":"x"}'];
  expect(graveMessages([...odd, ...wrongTypes].join("\n"))).toEqual([]);
});

test("no message can steer the terminal", () => {
  const line = JSON.stringify({ level: "error", msg: "bad\u001b]0;x\u0007\nforged line" });
  expect(graveMessages(line)).toEqual(["bad^[]0;x^G^Jforged line"]);
});

test("only the last few are told, each cut to a length one can read", () => {
  const lines = Array.from({ length: 50 }, (_, n) =>
    JSON.stringify({ level: "error", msg: `${n} ${"x".repeat(999)}` }),
  );
  const told = graveMessages(lines.join("\n"));
  expect(told).toHaveLength(8);
  expect(told.at(-1)).toMatch(/^49 /);
  expect(Math.max(...told.map((message) => message.length))).toBeLessThanOrEqual(400);
});

test("the log is read from the instance's directory; without one nothing is told", async () => {
  const directory = mkdtempSync(join(tmpdir(), "agent-vm-ha-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  expect(await hostAgentFailures(directory)).toEqual([]);
  writeFileSync(join(directory, "ha.stderr.log"), LOG);
  expect(await hostAgentFailures(directory)).toHaveLength(3);
});
