// What status says of workspaces in every state, and how few programs it takes: the time goes into starting them.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Context } from "../../src/context.ts";
import { recordSynced } from "../../src/domain/sync/mirror.ts";
import { observeAll } from "../../src/domain/sync/observe.ts";
import { writeRecord } from "../../src/domain/vm/record.ts";
import { gatherStatus } from "../../src/domain/vm/status.ts";
import { describeAll, describeWorkspaces } from "../../src/domain/workspace/describe.ts";
import { prepareWorkspace } from "../../src/domain/workspace/prepare.ts";
import { findRepository } from "../../src/domain/workspace/repository.ts";
import { type Run, run } from "../../src/io/run.ts";
import { commit, createWorld, git, type World, write } from "./guest.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.remove());

/** The programs of the host, each with the words that say what it is asked. */
let asked: string[][];
/** Notes what runs on the host, and each git in the guest, in the file that comes back. */
function watched(): { ctx: Context; inGuest(): string[] } {
  const bin = join(world.guestHome, "bin");
  const log = join(world.guestHome, "asked");
  mkdirSync(bin);
  writeFileSync(log, "");
  const text = `#!/bin/sh\necho "$*" >>'${log}'\nexec /usr/bin/git "$@"\n`;
  writeFileSync(join(bin, "git"), text, { mode: 0o755 });
  asked = [];
  const noted: Run = (argv, options) => {
    asked.push(argv.filter((word, at) => word !== "-c" && argv[at - 1] !== "-c"));
    return run(
      argv.map((one) => one.replace(/^sh -c/, `env PATH=${bin}:/usr/bin:/bin sh -c`)),
      options,
    );
  };
  const inGuest = () => readFileSync(log, "utf8").split("\n").filter(Boolean);
  return { ctx: { ...world.ctx, run: noted }, inGuest };
}
const askedOfGit = () => asked.filter(([program]) => program === "git");

const statusOf = async (branch: string) => {
  const all = await describeWorkspaces(world.ctx, await world.ctx.target());
  return all.find((one) => one.branch === branch);
};

test("workspaces that are as the host knows them cost three gits each in the VM, and two on the host for all", async () => {
  for (const branch of ["one", "two", "three"]) await prepareWorkspace(world.ctx, branch);
  const { ctx, inGuest } = watched();
  const { workspaces, sessions } = await describeAll(ctx, await ctx.target());
  expect(workspaces.map(({ branch, verdict }) => [branch, verdict?.kind])).toEqual([
    ["one", "equal"],
    ["two", "equal"],
    ["three", "equal"],
  ]);
  expect(sessions).toEqual([]);
  expect(inGuest(), inGuest().join("\n")).toHaveLength(9);
  expect(askedOfGit(), askedOfGit().join("\n")).toHaveLength(2);
});

test("what only the VM has is asked of the host in one question for all, and of each workspace in one more", async () => {
  for (const branch of ["one", "two", "three"]) {
    const { dir } = await prepareWorkspace(world.ctx, branch);
    commit(world.at(dir), { "a.txt": branch });
  }
  const { ctx, inGuest } = watched();
  const { workspaces } = await describeAll(ctx, await ctx.target());
  expect(workspaces.map((one) => one.verdict)).toEqual(
    Array.from({ length: 3 }, () => ({ kind: "workspace ahead", workspace: 1 })),
  );
  expect(inGuest(), inGuest().join("\n")).toHaveLength(12);
  expect(askedOfGit(), askedOfGit().join("\n")).toHaveLength(3);
});

test("each way in which the two sides can stand is told", async () => {
  const { dir } = await prepareWorkspace(world.ctx, "work");
  const at = world.at(dir);
  const verdict = async () => (await statusOf("work"))?.verdict;
  git(world.repo, "checkout", "-q", "work");

  commit(world.repo, { "host.txt": "1" });
  expect(await verdict()).toEqual({ kind: "host ahead", host: 1 });
  commit(at, { "guest.txt": "1" });
  expect(await verdict()).toEqual({ kind: "diverged", host: 1, workspace: 1 });
  git(at, "commit", "-q", "--amend", "--allow-empty", "-m", "again");
  expect(await verdict()).toEqual({ kind: "diverged", host: 1, workspace: 1 });

  // The host has all commits, too: it counts by itself.
  git(world.repo, "fetch", "-q", at, "work:refs/theirs");
  expect(await verdict()).toEqual({ kind: "diverged", host: 1, workspace: 1 });

  git(at, "checkout", "-q", "--orphan", "other");
  git(at, "commit", "-q", "-m", "a history of its own");
  git(at, "branch", "-q", "-f", "work", "other");
  git(at, "checkout", "-q", "work");
  expect(await verdict()).toEqual({ kind: "rewritten", by: "workspace" });
  git(at, "fetch", "-q", world.repo, "work:refs/hosts");
  expect(await verdict()).toEqual({ kind: "no common history" });
  git(world.repo, "fetch", "-q", at, "+work:refs/theirs");
  expect(await verdict()).toEqual({ kind: "no common history" });

  git(at, "checkout", "-q", "other");
  git(at, "branch", "-q", "-D", "work");
  expect(await verdict()).toEqual({ kind: "not in the workspace", deleted: true });
});

test("a commit of both sides that the workspace has no longer is told as rewritten", async () => {
  const { dir } = await prepareWorkspace(world.ctx, "work");
  const both = commit(world.at(dir), { "a.txt": "1" });
  git(world.repo, "fetch", "-q", world.at(dir), "work:work");
  await recordSynced(world.ctx, await findRepository(world.ctx), { dir, branch: "work" as never }, both);
  git(world.at(dir), "commit", "-q", "--amend", "-m", "another word");
  expect((await statusOf("work"))?.verdict).toMatchObject({ kind: "rewritten", by: "workspace" });
});

test("what lies in a workspace beside its branch is told", async () => {
  const { dir } = await prepareWorkspace(world.ctx, "work");
  const at = world.at(dir);
  write(at, "README.md", "changed\n");
  git(at, "stash", "-q");
  write(at, "README.md", "changed again\n");
  git(at, "stash", "-q");
  expect(await statusOf("work")).toMatchObject({ state: "present", stashes: 2, changed: 0 });
  git(at, "pack-refs", "--all");
  expect(await statusOf("work")).toMatchObject({ stashes: 2 });

  git(at, "checkout", "-q", "-b", "work2");
  commit(at, { "b.txt": "1" });
  expect(await statusOf("work")).toMatchObject({ on: "work2", otherBranches: ["work2"] });
  git(at, "checkout", "-q", "--detach");
  const detached = commit(at, { "c.txt": "1" });
  const found = await statusOf("work");
  expect(found).toMatchObject({ detached, otherBranches: ["work2"] });
  expect(found?.on).toBeUndefined();

  git(at, "checkout", "-q", "--orphan", "unborn");
  expect(await statusOf("work")).toMatchObject({ on: "unborn" });
  git(at, "symbolic-ref", "refs/heads/alias", "refs/heads/work");
  git(at, "symbolic-ref", "HEAD", "refs/heads/alias");
  expect((await statusOf("work"))?.on).toBeUndefined();
});

test("a worktree is told wherever git keeps it", async () => {
  const { dir } = await prepareWorkspace(world.ctx, "work");
  const ask = async () => {
    const all = await observeAll(world.ctx, await world.ctx.target(), [{ dir, branch: "work" }]);
    return all.overview.observations.get(dir)?.worktrees.map(({ path }) => path);
  };
  expect(await ask()).toEqual([]);
  const linked = join(world.guestHome, "linked");
  git(world.at(dir), "worktree", "add", "-q", "--detach", linked);
  expect(await ask()).toEqual([linked]);
  const common = join(world.guestHome, "common");
  cpSync(world.at(dir, ".git"), common, { recursive: true });
  rmSync(world.at(dir, ".git/worktrees"), { recursive: true });
  writeFileSync(world.at(dir, ".git/commondir"), `${common}\n`);
  expect(await ask()).toEqual([linked]);
});

test("a reference that cannot be read makes the workspace broken", async () => {
  const { dir } = await prepareWorkspace(world.ctx, "work");
  expect((await statusOf("work"))?.state).toBe("present");
  writeFileSync(world.at(dir, ".git/refs/heads/torn"), "no object\n");
  expect((await statusOf("work"))?.state).toBe("broken");
  rmSync(world.at(dir, ".git/refs/heads/torn"));
  writeFileSync(world.at(dir, ".git/config"), "[core\n");
  expect((await statusOf("work"))?.state).toBe("broken");
});

async function knowVm(): Promise<void> {
  const { paths } = world.ctx;
  const target = await world.ctx.target();
  mkdirSync(dirname(paths.sshConfig), { recursive: true, mode: 0o700 });
  writeFileSync(paths.sshConfig, readFileSync(target.configFile, "utf8").replaceAll("test-guest", paths.vm));
  await writeRecord(paths, {
    ...{ phase: "ready", limaHome: "/", image: "x", accel: "tcg", vcpu: 1, memory: 1, disk: 1 },
    ...{ createdAt: "2026-01-01T00:00:00.000Z", profile: "guarded" },
  });
}

test("a VM that is up answers status in one call", async () => {
  await prepareWorkspace(world.ctx, "work");
  await knowVm();
  const { ctx } = watched();
  const status = await gatherStatus(ctx);
  expect(status).toMatchObject({ state: "running", workspaces: [{ branch: "work", state: "present" }] });
  const intoVm = asked.filter(([program, ...words]) => program === "ssh" && !words.includes("-O"));
  expect(intoVm).toHaveLength(1);
});

test("one whose connection lives and carries no answer is not asked again", async () => {
  await prepareWorkspace(world.ctx, "work");
  await knowVm();
  let calls = 0;
  const silent: Run = (argv, options) => {
    if (argv[0] !== "ssh" || argv.includes("-O")) return run(argv, options);
    calls += 1;
    return run(["sh", "-c", "exit 255"], options);
  };
  const status = await gatherStatus({ ...world.ctx, run: silent });
  expect(status.state).not.toBe("running");
  expect(status.workspaces).toMatchObject([{ branch: "work", state: "unknown" }]);
  expect(calls).toBe(1);
});
