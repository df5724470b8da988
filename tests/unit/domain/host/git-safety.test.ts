// Which git settings of the user's open the mount's repositories to git.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { gitSettings, judgeGit } from "../../../../src/domain/host/git-safety.ts";
import { run } from "../../../../src/io/run.ts";

const MOUNT = "/home/ann/.agent-vm-mounts/workspace";
const REAL = "/data/home/ann/.agent-vm-mounts/workspace";
const [trust, bare] = [0, 1] as const;
const judged = (trusted: string[], setting = "explicit") =>
  judgeGit({ trusted, bare: setting }, [MOUNT, REAL]);

describe("trust in directories", () => {
  test.each([
    [[]],
    [["/home/ann/work"]],
    [["*", ""]],
    [["/home/ann/.agent-vm-mounts/workspace2"]],
    [["/home/bob/*"]],
    [["/"]],
  ])("%j leaves the mount out", (trusted) => expect(judged(trusted)[trust]?.ok).toBe(true));

  test.each([
    [["*"]],
    [["", "*"]],
    [["/home/ann/work", "*"]],
    [[`${MOUNT}/shop-main`]],
    [[`${MOUNT}/`]],
    [["/home/ann/*"]],
    [[`${MOUNT}/*`]],
    [["/data/home/ann/*"]],
  ])("%j takes it in", (trusted) => expect(judged(trusted)[trust]).toMatchObject({ ok: false, note: true }));
});

test.each([
  ["explicit", true],
  ["Explicit", true],
  ["all", false],
  ["", false],
])("safe.bareRepository=%j: %s", (setting, ok) => {
  expect(judged([], setting)[bare]).toMatchObject({ ok, fix: "bare repositories" });
});

test("values are as git has them, and none are none", async () => {
  const home = mkdtempSync(join(tmpdir(), "av-unit-"));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const host = { run, env: { HOME: home, PATH: process.env["PATH"] }, signal: new AbortController().signal };
  expect(await gitSettings(host)).toEqual({ trusted: [], bare: "" });
  writeFileSync(join(home, ".gitconfig"), '[safe]\n\tdirectory = ~/mounts/*\n\tdirectory = "*"\n');
  expect((await gitSettings(host)).trusted).toEqual([`${home}/mounts/*`, "*"]);
});
