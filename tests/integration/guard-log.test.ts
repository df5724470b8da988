// Each connection of a mount keeps its log small: a VM that makes sshfs connect again and again fills no disk.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { guardProgram } from "../../src/domain/mount/guard.ts";
import { type BuiltProgram, buildProgram } from "./program.ts";

let program: BuiltProgram;
let directory: string;
beforeAll(() => {
  program = buildProgram();
  directory = mkdtempSync(join(tmpdir(), "av-log-"));
});
afterAll(() => {
  program.remove();
  rmSync(directory, { recursive: true, force: true });
});

test("a log that has grown is cut to its end by the next connection", async () => {
  const log = join(directory, "mount.log");
  writeFileSync(log, `${"an older line\n".repeat(100_000)}the last line\n`);
  const rules = { git: "hidden" as const, hide: [], readOnly: false };
  const setup = { rules, root: "/home/agent/workspace", stall: 1000, log, closed: join(directory, "closed") };
  const { program: node, file, setup: word } = guardProgram(program.self, setup);
  // Instead of a connection: ssh tells its version, and ends.
  const guard = spawn(node, [file, word, "-V"], { stdio: ["pipe", "ignore", "ignore"] });
  await new Promise((resolve) => guard.once("exit", resolve));
  expect(statSync(log).size).toBeLessThan(300_000);
  expect(readFileSync(log, "utf8")).toContain("\nthe last line\n");
});
