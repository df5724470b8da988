// When something else answers in the VM's place: only another key that is really shown says so.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Context } from "../../../../src/context.ts";
import { orReplaced } from "../../../../src/domain/vm/replaced.ts";
import { EXIT, ToolError, UserError } from "../../../../src/errors.ts";
import type { Run } from "../../../../src/io/run.ts";

const PINNED = "A".repeat(68);
const OTHER = "B".repeat(68);
let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "avm-pin-"));
  writeFileSync(join(directory, "known_hosts"), `agent-vm-x ssh-ed25519 ${PINNED}\n`);
});
afterAll(() => rmSync(directory, { recursive: true }));

const unreached = new UserError("The VM does not answer over ssh.", { exit: EXIT.notReady });
const line = (key: string, kind = "ssh-ed25519") => `[127.0.0.1]:60022 ${kind} ${key}\n`;

/** What is told when the port shows this. */
const told = (stdout: string, error: unknown = unreached, pins = "known_hosts") => {
  const run: Run = async () => ({ code: 0, stdout, stderr: "" });
  const paths = { vm: "agent-vm", state: directory, knownHosts: join(directory, pins) };
  return orReplaced({ run, paths } as unknown as Context, 60022, error);
};

test("another key is told, with the way on", async () => {
  for (const shown of [line(OTHER), line(OTHER, "ssh-rsa"), `# a comment\n${line(OTHER)}`]) {
    const error = (await told(shown)) as UserError;
    expect(error.message).toContain("is not the VM agent-vm");
    expect(error.details[0]).toMatch(/^pinned when the VM was made: SHA256:[A-Za-z0-9+/]{43}$/);
    expect(error.details[1]).toMatch(/^shown now: SHA256:[A-Za-z0-9+/]{43}$/);
    expect(error).toMatchObject({ exit: EXIT.notReady, cause: unreached });
  }
});

test.each([
  ["the pinned key", line(PINNED)],
  ["the pinned key among others", line(OTHER) + line(PINNED)],
  ["no key", ""],
  ["nothing that is a key", "\u001b]0;x\u0007 ssh-ed25519 $(id)\nhello\n"],
])("%s says nothing of that", async (_name, shown) => expect(await told(shown)).toBe(unreached));

test("another failure, and a pin that is gone, stay what they are", async () => {
  const failed = new ToolError({ argv: ["ssh"], code: 1, stderrTail: "" });
  const refused = new UserError("no", { exit: EXIT.refused });
  for (const error of [failed, refused]) expect(await told(line(OTHER), error)).toBe(error);
  expect(await told(line(OTHER), unreached, "none")).toBe(unreached);
});
