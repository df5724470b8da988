// The live overview on a terminal: a screen of its own, that follows its size and is given back.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createContext } from "./guest.ts";
import { type ATerminal, createTerminal } from "./terminal/a-terminal.ts";

let terminal: ATerminal;
beforeAll(async () => {
  terminal = await createTerminal("live-driver");
  const { target } = terminal.guest;
  const { paths } = createContext({ hostHome: terminal.place, repo: terminal.place, said: [], target });
  const workspaces = Array.from({ length: 50 }, (_, at) => ({
    ...{ dir: `shop-found-${at + 10}`, branch: `found-${at + 10}`, repoName: "shop", repoId: "0".repeat(32) },
  }));
  mkdirSync(dirname(paths.workspaces), { recursive: true });
  writeFileSync(paths.workspaces, JSON.stringify({ version: 1, workspaces }));
});
afterAll(() => terminal.remove());

const screen = () => terminal.tmux("capture-pane", "-p");
const shows = (what: RegExp) => terminal.until(() => what.test(screen()));
const open = () => terminal.open("raw", terminal.place, "echo before; $SESSION");

test("shows what fits, scrolls, follows the terminal's size, and is gone after q", async () => {
  await open();
  await shows(/VM agent-vm-test {2}50 workspaces.*↓ 24 more/s);
  expect(screen()).not.toContain("before");
  terminal.keys("Down", "j");
  await shows(/↑ 2 more {3}↓ 22 more/);
  terminal.keys("G");
  await shows(/found-59.*↑ 24 more {3}q leaves/s);
  terminal.tmux("resize-window", "-x", "50", "-y", "12");
  await shows(/↑ \d+ more/);
  await terminal.until(() => screen().trimEnd().split("\n").length === 12);
  expect(terminal.value("#{alternate_on} #{cursor_flag}")).toBe("1 0");
  terminal.keys("q");
  expect((await terminal.ended()).code).toBe(0);
  expect(terminal.value("#{alternate_on} #{cursor_flag}")).toBe("0 1");
  expect(screen()).toContain("before");
});

test("gives the terminal back at Ctrl-C, and says so by its exit code", async () => {
  await open();
  await shows(/50 workspaces/);
  terminal.keys("C-c");
  expect((await terminal.ended()).code).toBe(130);
  expect(terminal.value("#{alternate_on} #{cursor_flag}")).toBe("0 1");
});

test("has no byte beyond ASCII on a terminal that does not show UTF-8", async () => {
  await terminal.open("raw", terminal.place, "LC_ALL=C $SESSION");
  await shows(/v 24 more/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what such a terminal could take for commands
  expect(screen()).not.toMatch(/[^\u0000-\u007f]/);
  terminal.keys("q");
  await terminal.ended();
});

test("is not drawn over by --verbose, whose lines come after it", async () => {
  await terminal.open("raw", terminal.place, "VERBOSE=1 $SESSION");
  await shows(/50 workspaces/);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(screen()).not.toContain("git status");
  terminal.keys("q");
  await terminal.ended();
  expect(screen()).toContain("+ git status");
});

test("has no colours under NO_COLOR", async () => {
  await terminal.open("raw", terminal.place, "NO_COLOR=1 $SESSION");
  await shows(/50 workspaces/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what this is about
  expect(terminal.screen()).not.toMatch(/\u001b\[\d/);
  terminal.keys("q");
  await terminal.ended();
});
