// A long cp on a terminal: how far it is, how fast and how long; and Ctrl-C.
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ATerminal, createTerminal } from "./terminal/a-terminal.ts";

let terminal: ATerminal;
beforeAll(async () => {
  terminal = await createTerminal("copy-driver");
  mkdirSync(join(terminal.place, "workspace/shop-work"), { recursive: true });
  mkdirSync(join(terminal.place, "to"));
  writeFileSync(join(terminal.place, "workspace/shop-work/big"), Buffer.alloc(60_000_000, "x"));
});
afterAll(() => terminal.remove());

test("tells share, amount, rate and time left, and leaves nothing at Ctrl-C", async () => {
  await terminal.open("raw", terminal.place, "$SESSION");
  const shown = () => terminal.tmux("capture-pane", "-p");
  await terminal.until(() => /copy from the VM \(\d+ s\): \d+ %, .* of 60 MB, .*B\/s, .* left/.test(shown()));
  // While it comes it is beside its place, never under its name.
  expect(readdirSync(join(terminal.place, "to"))).toEqual([expect.stringMatching(/^\.agent-vm-cp\./)]);
  terminal.keys("C-c");
  expect((await terminal.ended()).code).toBe(130);
  expect(readdirSync(join(terminal.place, "to"))).toEqual([]);
});
