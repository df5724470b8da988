// Completion in the real shells, on a real terminal (tmux): what a Tab makes of a line, and that no name is ever run.
import { execFileSync } from "node:child_process";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type AShell, createShells, type ShellName, type Shells } from "./terminal/a-shell.ts";

/** Names that git accepts and that a shell which took them for more than text would run or break on. */
const HOSTILE = [
  "$(touch${IFS}PWNED)",
  "`touch${IFS}PWNED`",
  "a;touch${IFS}PWNED;b",
  "b&&touch${IFS}PWNED",
  "c|touch${IFS}PWNED",
  "d>PWNED",
  "e'touch${IFS}PWNED;'e",
  'f"$(touch${IFS}PWNED)"f',
  "g!!g",
  "h=(touch)",
  "{i,PWNED}",
  "#j",
  "k@(touch)",
  "%F{red}l%n",
  "ünï-日本",
  "n<(touch${IFS}PWNED)",
  "<o>",
];

let shells: Shells;
let shell: AShell;

beforeAll(() => {
  shells = createShells();
  const git = (...args: string[]) => execFileSync("git", ["-C", shells.repo, ...args]);
  git("-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-q", "--allow-empty", "-m", "x");
  for (const name of [...HOSTILE, "work-one", "work-two"]) git("branch", "--", name);
});
afterAll(() => shells.remove());
afterEach(() => shell.close());

/** The first characters of a name that begin no other one, as one types them. */
const typed = (name: string): string => {
  const first = [...name][0] ?? "";
  return /[\w\x80-\uffff]/.test(first) ? first : `\\${first}`;
};

const untouched = () => expect(readdirSync(shells.repo)).toEqual([".git"]);

describe.each<ShellName>(["bash", "zsh", "fish"])("in %s", (name) => {
  test("a Tab completes commands, options, their values and branches", async () => {
    shell = await shells.open(name);
    for (const [line, words] of [
      ["agent-vm statu\t--js\t", ["status", "--json"]],
      ["agent-vm tra\tli\t", ["trash", "list"]],
      ["agent-vm push work-o\t--as\t", ["push", "work-one", "--aside"]],
      ["agent-vm start --profile gu\t", ["start", "--profile", "guarded"]],
      ["agent-vm start --profile=gu\t", ["start", "--profile=guarded"]],
      ["agent-vm run work-tw\t--agent cla\t", ["run", "work-two", "--agent", "claude"]],
    ] as const) {
      shell.type(line);
      shell.keys("Enter");
      expect(await shell.ran(), line).toEqual(words);
    }
  });

  test("several candidates are shown", async () => {
    shell = await shells.open(name);
    shell.type("agent-vm connect work-");
    shell.keys("Tab", "Tab");
    await shell.shows("work-one");
    await shell.shows("work-two");
  });

  test("files are candidates where files are meant, and nowhere else", async () => {
    const file = join(shells.repo, "zebra.txt");
    writeFileSync(file, "");
    try {
      shell = await shells.open(name);
      for (const [line, words] of [
        ["agent-vm push ze\t", ["push", "ze"]],
        ["agent-vm cp ze\t", ["cp", "zebra.txt"]],
      ] as const) {
        shell.type(line);
        shell.keys("Enter");
        expect(await shell.ran(), line).toEqual(words);
      }
    } finally {
      rmSync(file);
    }
  });

  test("a branch's name is inserted as that name, whatever it holds", async () => {
    shell = await shells.open(name);
    for (const branch of HOSTILE) {
      shell.type(`agent-vm push ${typed(branch)}\t`);
      shell.keys("Enter");
      expect(await shell.ran(), branch).toEqual(["push", branch]);
    }
    untouched();
  });

  test("and after a quote that is open", async () => {
    shell = await shells.open(name);
    for (const [line, branch] of [
      ["'$\t", HOSTILE[0]],
      ['"`\t', HOSTILE[1]],
      ["'e\t", HOSTILE[6]],
      ['"f\t', HOSTILE[7]],
      ['"g\t', HOSTILE[8]],
      ["'k@\t", HOSTILE[12]],
    ] as const) {
      // fish knows no backquotes, so none is special to it.
      shell.type(`agent-vm push ${name === "fish" ? line : line.replace('"`', '"\\`')}`);
      shell.keys("Enter");
      expect(await shell.ran(), branch).toEqual(["push", branch]);
    }
    untouched();
  });

  test("what was typed is never run by a Tab", async () => {
    shell = await shells.open(name);
    // zsh itself runs a word like that at a Tab, whatever the command.
    const open = name === "zsh" ? [] : ["$(touch PWNED)", "`touch PWNED`", '"$(touch PWNED)'];
    const quoted = ["'$(touch PWNED)", "'$(touch PWNED)' '`touch PWNED`' wor", "\\$\\(touch\\ PWNED\\)"];
    for (const line of [...open, ...quoted]) {
      shell.type(`agent-vm push ${line}\t`);
      shell.keys("C-a", "C-k");
    }
    shell.type("agent-vm status");
    shell.keys("Enter");
    expect(await shell.ran()).toEqual(["status"]);
    untouched();
  });
});

test("help and `agent-vm` alone fit a narrow terminal, without colours", async () => {
  shell = await shells.open("bash");
  shell.narrow(45);
  shell.type("agent-vm help exit-codes; agent-vm");
  shell.keys("Enter");
  await shell.shows("All commands:");
  expect(shell.screen()).toContain("not ready: a program of this host is\n");
  expect(shell.screen()).toContain("Next: agent-vm connect first-branch\n");
  expect(shell.screen()).toContain("branch with a workspace\n");
});
