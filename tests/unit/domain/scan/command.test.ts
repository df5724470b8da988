import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { runCli, type World } from "../../../../src/cli.ts";
import type { Context } from "../../../../src/context.ts";
import { EXIT } from "../../../../src/errors.ts";
import { githubToken } from "./secrets.ts";

// Stand for push and fetch: only what they are given is looked at.
const push = vi.hoisted(() => vi.fn(async () => "pushed"));
const fetch = vi.hoisted(() => vi.fn());
vi.mock("../../../../src/domain/workspace/prepare.ts", () => ({ pushToWorkspace: push }));
vi.mock("../../../../src/domain/sync/fetch/fetch.ts", () => ({ fetchBranch: fetch }));
vi.mock("../../../../src/domain/sync/fetch/fetch-text.ts", () => ({ fetchSummary: () => [] }));

let home: string;
// Real git, many times.
vi.setConfig({ testTimeout: 30_000 });

let repo: string;
let stdout: string;
let stderr: string;

const git = (...args: string[]) => {
  const who = ["-c", "user.name=A", "-c", "user.email=a@example.org"];
  const env = { PATH: process.env["PATH"], HOME: home };
  return execFileSync("git", ["-C", repo, ...who, ...args], { env, encoding: "utf8" }).trim();
};

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "agent-vm-scan-"));
  repo = join(home, "shop");
  mkdirSync(repo);
  git("init", "-q", "-b", "main");
  git("commit", "-q", "--allow-empty", "-m", "first");
  push.mockClear();
  fetch.mockReset().mockResolvedValue({ commits: [], stat: [] });
});
afterEach(() => rmSync(home, { recursive: true }));

const sink = (take: (text: string) => void) =>
  new Writable({
    write: (bytes, _encoding, done) => {
      take(String(bytes));
      done();
    },
  });

function agentVm(...argv: string[]): Promise<number> {
  stdout = "";
  stderr = "";
  const world = {
    argv,
    cwd: repo,
    env: { PATH: process.env["PATH"], HOME: home, AGENT_VM_SCANNER: "builtin" },
    uid: process.getuid?.() ?? 0,
    platform: "linux",
    arch: "x64",
    programDir: join(import.meta.dirname, "../../../.."),
    self: [],
    stdin: { isTTY: false },
    stdout: sink((text) => {
      stdout += text;
    }),
    stderr: sink((text) => {
      stderr += text;
    }),
    signal: new AbortController().signal,
  };
  return runCli(world as unknown as World);
}

const commitToken = () => {
  writeFileSync(join(repo, "a.ts"), `const t = "${githubToken()}";\n`);
  git("add", "-A");
  git("commit", "-q", "-m", "second");
};

test("nothing to find is exit code 0, and says who looked", async () => {
  expect(await agentVm("scan")).toBe(EXIT.done);
  expect(stdout).toBe(
    "To the VM: 1 new commit, 0 findings\nFetched: 0 new commits, 0 findings\nLooked with agent-vm's own rules.\n",
  );
});

test("a finding is exit code 4, as text and as JSON, and none in the baseline", async () => {
  commitToken();
  expect(await agentVm("scan", "main")).toBe(EXIT.refused);
  expect(stdout).toContain("high  github-token  a.ts:1");
  expect(await agentVm("scan", "--json")).toBe(EXIT.refused);
  const { outgoing, incoming, ...rest } = JSON.parse(stdout);
  expect(rest).toEqual({ schema: 1, branch: "main", scanner: "agent-vm's own rules", known: 0 });
  expect(outgoing).toMatchObject({
    commits: 2,
    skipped: [],
    findings: [{ level: "high", path: "a.ts", line: 1 }],
  });
  expect(incoming).toEqual({ commits: 0, findings: [], skipped: [] });
  expect(stdout + stderr).not.toContain(githubToken().slice(4));
  expect(await agentVm("scan", "--baseline")).toBe(EXIT.done);
  expect(await agentVm("scan")).toBe(EXIT.done);
  expect(stdout).toContain("Known and left out: 1");
});

test("what goes beside the branch is looked into: its base, and a tag's message", async () => {
  git("checkout", "-q", "-b", "work");
  git("tag", "-a", "-m", githubToken(2), "v1");
  git("checkout", "-q", "main");
  commitToken();
  expect(await agentVm("scan", "work")).toBe(EXIT.refused);
  expect(stdout).toContain("a.ts:1");
  expect(stdout).toContain("(a tag's message)");
});

test("what looks only like a secret is shown and is exit code 0", async () => {
  writeFileSync(join(repo, "a.py"), 'password = "correct-horse-battery"\n');
  git("add", "-A");
  git("commit", "-q", "-m", "second");
  expect(await agentVm("scan")).toBe(EXIT.done);
  expect(stdout).toContain("low  assigned-in-quotes  a.py:1");
});

test("a branch that is none, or none checked out, is exit code 2", async () => {
  expect(await agentVm("scan", "nowhere")).toBe(EXIT.usage);
  expect(stderr).toContain('There is no branch "nowhere".');
  git("checkout", "-q", "--detach");
  expect(await agentVm("scan")).toBe(EXIT.usage);
  expect(stderr).toContain("agent-vm scan <branch>");
});

test("a scan that fails is exit code 1 and says nothing of findings", async () => {
  commitToken();
  const oid = git("rev-parse", "HEAD:a.ts");
  rmSync(join(repo, ".git/objects", oid.slice(0, 2), oid.slice(2)));
  expect(await agentVm("scan")).toBe(EXIT.failed);
  expect(stdout).toBe("");
  expect(stderr).toContain("The file a.ts of a commit is not in the repository.");
});

test("--accept-secrets reaches push and fetch, and only when it was said", async () => {
  const flags = (mock: typeof push | typeof fetch) =>
    (mock.mock.calls.at(-1) as unknown as [Context])[0].flags;
  await agentVm("push", "main", "--yes");
  expect(flags(push).acceptSecrets).toBe(false);
  await agentVm("push", "main", "--accept-secrets");
  expect(flags(push).acceptSecrets).toBe(true);
  await agentVm("fetch", "main");
  expect(flags(fetch).acceptSecrets).toBe(false);
  await agentVm("fetch", "main", "--accept-secrets");
  expect(flags(fetch).acceptSecrets).toBe(true);
});
