// The answer to a Tab in a real repository: branches with and without workspace; the VM is not asked.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { grammarOf } from "../../../../src/commands/grammar.ts";
import type { Lean } from "../../../../src/context.ts";
import { complete, type Shell } from "../../../../src/domain/completion/complete.ts";
import { parseVmName, pathsFor } from "../../../../src/domain/paths.ts";
import { run } from "../../../../src/io/run.ts";
import { commandTree } from "../../tree.ts";

const ID = "0123456789abcdef".repeat(2);
let home: string;
let repo: string;
const ran: string[] = [];

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "complete-"));
  repo = join(home, "repo");
  const git = (...args: string[]) => execFileSync("git", args);
  git("init", "-q", "-b", "main", repo);
  git("-C", repo, "-c", "user.name=A", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "x");
  for (const name of ["feature/x", "old", "hid\u200bden", "turn\u202eed"]) git("-C", repo, "branch", name);
  git("-C", repo, "config", "agent-vm.id", ID);
  const { workspaces } = paths();
  mkdirSync(dirname(workspaces), { recursive: true });
  const entry = (branch: string, repoId = ID) => ({
    dir: `repo-${branch}`,
    repoId,
    repoName: "repo",
    branch,
  });
  const all = [entry("old"), entry("gone"), entry("foreign", "f".repeat(32))];
  writeFileSync(workspaces, JSON.stringify({ version: 1, workspaces: all }));
});
afterAll(() => rmSync(home, { recursive: true }));

const paths = (vm = "agent-vm") => pathsFor(parseVmName(vm), { uid: 1000, env: { HOME: home } });

async function tab(shell: Shell, ...said: string[]): Promise<string[]> {
  const grammar = grammarOf(await commandTree());
  const lean = async ({ vm, repo: named }: { vm?: string; repo?: string }) =>
    ({
      cwd: named === undefined ? repo : join(home, named),
      env: { HOME: home, PATH: process.env["PATH"] },
      paths: paths(vm),
      programDir: process.cwd(),
      flags: { yes: false },
      signal: new AbortController().signal,
      run: (argv: readonly string[], options?: Parameters<typeof run>[1]) => {
        ran.push(argv.join(" "));
        return run(argv, options);
      },
    }) as unknown as Lean;
  return complete({ shell, said, grammar, topics: ["git"], lean });
}

test("every branch, those with a workspace first; none that hides something", async () => {
  expect(await tab("zsh", "connect", "")).toEqual([
    "words",
    "old\tworkspace",
    "gone\tworkspace",
    "feature/x",
    "main",
  ]);
});

test("only workspaces of this repository where one is needed", async () => {
  expect(await tab("fish", "fetch", "")).toEqual(["words", "old\tworkspace", "gone\tworkspace"]);
  expect(await tab("bash", "agent-vm fetch o", "")).toEqual(["words", "old"]);
});

test("ports that are forwarded, where one is taken back", async () => {
  const forward = { kind: "local", host: 8080, guest: 3000, branch: "old" };
  writeFileSync(join(paths().state, "forwards-wanted.json"), JSON.stringify([{ forward, since: 1 }]));
  expect(await tab("fish", "forward", "stop", "")).toEqual([
    "words",
    "8080\thttp://127.0.0.1:8080 → port 3000 of the VM (old)",
  ]);
  expect(await tab("bash", "agent-vm forward old 80", "")).toEqual(["words"]);
});

test("another VM's, and another directory's", async () => {
  expect(await tab("fish", "--vm", "other", "fetch", "")).toEqual(["words"]);
  expect(await tab("fish", "--repo", ".", "connect", "")).toEqual(["words"]);
});

test("setting keys, VMs, agents, files, topics", async () => {
  expect(await tab("fish", "--vm", "")).toEqual(["words", "agent-vm"]);
  expect(await tab("fish", "run", "--agent", "")).toContain("claude");
  expect(await tab("fish", "run", "--agent=")).toContain("--agent=claude");
  expect(await tab("zsh", "run", "--agent=")).toContain("claude");
  expect(await tab("zsh", "run", "--prompt-file", "")).toEqual(["files"]);
  expect(await tab("zsh", "--repo", "")).toEqual(["directories"]);
  expect(await tab("zsh", "help", "")).toContain("git\ttopic");
});

test("ids of sessions: none without a living connection, and the VM is not reached for", async () => {
  ran.length = 0;
  expect(await tab("zsh", "attach", "old", "--session", "")).toEqual(["words"]);
  expect(ran).toHaveLength(1);
  expect(ran[0]).toMatch(/^ssh .* -O check /);
});

test("a name that cannot be a VM's, and a map that is damaged, are no failure of the Tab", async () => {
  writeFileSync(paths().workspaces, "{");
  expect(await tab("zsh", "fetch", "")).toEqual(["words"]);
});
