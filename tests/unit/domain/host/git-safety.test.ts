// Which git settings of the user's open the mount's repositories to git.
import { describe, expect, test } from "vitest";
import { judgeGit } from "../../../../src/domain/host/git-safety.ts";

const MOUNT = "/home/ann/.agent-vm-mounts/workspace";
const [trust, bare] = [0, 1] as const;
const judged = (trusted: string[], setting = "explicit") => judgeGit({ trusted, bare: setting }, MOUNT);

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
