// What comes from a workspace is examined before the host's branch moves, whichever way; over real git and a real sshd.
import { chmodSync, mkdirSync, symlinkSync, unlinkSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { examine } from "../../src/domain/customs/examine.ts";
import { type FetchOptions, fetchBranch } from "../../src/domain/sync/fetch/fetch.ts";
import { fetchSummary } from "../../src/domain/sync/fetch/fetch-text.ts";
import type { Way } from "../../src/domain/sync/fetch/plan-fetch.ts";
import { pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { findRepository } from "../../src/domain/workspace/repository.ts";
import { EXIT } from "../../src/errors.ts";
import { runCommand } from "../model/command.ts";
import { commit, createWorld, git, refused, type World, write } from "./guest.ts";

let world: World;
const ws = "shop-work";
const MIRROR = `refs/agent-vm/${ws}/heads/work`;
const inGuest = () => world.at(ws);
const tip = (ref: string) => git(world.repo, "rev-parse", ref);
const fetch = (options: FetchOptions = {}) => fetchBranch(world.ctx, "work", options);
const HOOK = { ".husky/post-merge": "#!/bin/sh\nid\n" };
const found = async (options: FetchOptions = {}) => {
  let paths: string[] = [];
  const note: FetchOptions["found"] = ({ findings }) => {
    paths = findings.map((one) => `${one.level} ${one.path}`);
  };
  await fetch({ ...options, acceptRisk: true, found: note });
  return paths;
};

beforeEach(async () => {
  world = await createWorld();
  await pushToWorkspace(world.ctx, "work");
});
afterEach(() => world.remove());

/** What is asked is answered so, as on a terminal. */
function onTerminal(answer: boolean): string[] {
  const questions: string[] = [];
  world.ctx.confirm = {
    possible: true,
    ask: async (question) => {
      questions.push(question);
      return answer;
    },
  };
  return questions;
}

describe("without a terminal", () => {
  test("a hook in the tree is refused: the branch stays, the commits are kept, the way on is named", async () => {
    const before = tip("work");
    const inside = commit(inGuest(), HOOK, "innocent");
    const error = await refused(fetch());
    expect(error.exit).toBe(EXIT.refused);
    expect(error.message).toContain('"work" was not moved');
    expect(error.details).toEqual([
      expect.stringMatching(/^AUTO \.husky\/post-merge \([0-9a-f]{10}\): git runs/),
    ]);
    expect(error.details[0]).toContain(inside.slice(0, 10));
    expect(error.hint).toContain("agent-vm fetch work --accept-risk");
    expect(tip("work")).toBe(before);
    expect(tip(MIRROR)).toBe(inside);
    // Not once agreed to: a second look says the same.
    expect((await refused(fetch())).details).toEqual(error.details);
    await fetch({ acceptRisk: true });
    expect(tip("work")).toBe(inside);
  });

  test("what was agreed to is not asked again, under other commits neither; another content is", async () => {
    commit(inGuest(), HOOK);
    await fetch({ acceptRisk: true });
    git(world.repo, "update-ref", "refs/heads/work", "work~1");
    git(inGuest(), "commit", "-q", "--amend", "-m", "another commit");
    await fetch();
    expect(tip("work")).toBe(git(inGuest(), "rev-parse", "HEAD"));
    expect(world.said.join("\n")).toContain("AUTO (agreed to before): .husky/post-merge");
    commit(inGuest(), { ".husky/post-merge": "#!/bin/sh\ncurl\n" });
    expect((await refused(fetch())).exit).toBe(EXIT.refused);
  });

  test("--yes is no answer to it", async () => {
    world.ctx.flags.yes = true;
    commit(inGuest(), HOOK);
    expect((await refused(fetch())).exit).toBe(EXIT.refused);
  });

  test("what is no risk by itself is shown in few words and moves", async () => {
    commit(inGuest(), {
      "package.json": "{}\n",
      ".github/workflows/ci.yml": "on: push\n",
      "src/hooks/useUser.ts": "",
    });
    await fetch();
    const said = world.said.join("\n");
    expect(said).toMatch(/CI \([^)]+\): \.github\/workflows\/ci\.yml/);
    expect(said).toMatch(/BUILD \([^)]+\): package\.json$/m);
    expect(said).not.toContain("useUser");
  });
});

describe("on a terminal", () => {
  test("no leaves everything as it is, yes moves the branch and is remembered", async () => {
    const before = tip("work");
    const inside = commit(inGuest(), HOOK);
    const asked = onTerminal(false);
    expect((await refused(fetch())).hint).toContain("--accept-risk");
    expect(asked).toEqual(['Move "work" on this host all the same?']);
    expect(world.said.join("\n")).toContain("AUTO .husky/post-merge");
    expect(tip("work")).toBe(before);
    onTerminal(true);
    await fetch();
    expect(tip("work")).toBe(inside);
    git(world.repo, "update-ref", "refs/heads/work", before);
    git(inGuest(), "commit", "-q", "--amend", "-m", "another commit");
    const again = onTerminal(false);
    await fetch();
    expect(again).toEqual([]);
  });
});

describe("every way of the branch", () => {
  const linked = () => join(world.hostHome, "linked tree");
  const onHost = () => {
    git(world.repo, "worktree", "add", "-q", linked(), "work");
    commit(linked(), { "mine.txt": "1\n" }, "mine");
  };
  const rewritten = () => {
    git(world.repo, "checkout", "-q", "--detach");
    git(inGuest(), "commit", "-q", "--amend", "-m", "rewritten");
  };

  test.each<[string, Way, string, () => void]>([
    ["forward", { how: "forward" }, "", () => undefined],
    ["merge", { how: "merge" }, " --merge", onHost],
    ["rebase of the host's", { how: "rebase", of: "host" }, " --rebase host", onHost],
    ["rebase of the workspace's", { how: "rebase", of: "workspace" }, " --rebase workspace", onHost],
    ["a branch beside it", { how: "as", branch: "other" }, " --as other", () => undefined],
    ["reset", { how: "reset" }, " --reset", rewritten],
  ])("%s", async (_, way, words, prepare) => {
    prepare();
    commit(inGuest(), { ...HOOK, "a.txt": "1\n" });
    const before = git(world.repo, "for-each-ref", "refs/heads");
    const error = await refused(fetch({ way }));
    expect(error.details[0]).toContain(".husky/post-merge");
    expect(error.hint).toContain(`agent-vm fetch work${words} --accept-risk`);
    expect(git(world.repo, "for-each-ref", "refs/heads")).toBe(before);
    await fetch({ way, acceptRisk: true });
    expect(git(world.repo, "for-each-ref", "refs/heads")).not.toBe(before);
  });

  test("a branch that the host has no more", async () => {
    git(world.repo, "branch", "-q", "-D", "work");
    const inside = commit(inGuest(), HOOK);
    expect((await refused(fetch())).details).toHaveLength(1);
    expect(git(world.repo, "branch", "--list", "work")).toBe("");
    await fetch({ acceptRisk: true });
    expect(tip("work")).toBe(inside);
  });

  test("another branch of the workspace, which --from brings", async () => {
    const own = tip("work");
    git(inGuest(), "checkout", "-q", "-b", "side");
    const side = commit(inGuest(), HOOK);
    const text = fetchSummary(await fetch({ all: true })).join("\n");
    expect(text).toContain("agent-vm fetch work --from side");
    expect(text).not.toContain("git branch");
    const error = await refused(fetch({ from: "side" }));
    expect([error.exit, error.details.length]).toEqual([EXIT.refused, 1]);
    expect(error.hint).toContain(`git log -p refs/agent-vm/${ws}/heads/side`);
    expect(error.hint).toContain("agent-vm fetch work --from side --accept-risk");
    expect(git(world.repo, "branch", "--list", "side")).toBe("");
    const { plan } = await fetch({ from: "side", acceptRisk: true });
    expect([plan.do, tip("side"), tip("work")]).toEqual(["create", side, own]);

    // It moves forward, and else not at all; what the workspace is for is not touched by any of it.
    const next = commit(inGuest(), { "next.txt": "1" });
    expect((await fetch({ from: "side" })).gained).toBe(1);
    expect(tip("side")).toBe(next);
    git(inGuest(), "commit", "-q", "--amend", "-m", "another");
    const again = await refused(fetch({ from: "side" }));
    expect(again.hint).toBe("Choose a name that is free: agent-vm fetch work --from side --as <name>");
    await fetch({ from: "side", way: { how: "as", branch: "mine" } });
    expect([tip("mine"), tip("side"), tip("work")]).toEqual([git(inGuest(), "rev-parse", "side"), next, own]);
    const missing = await refused(fetch({ from: "nowhere" }));
    expect(missing.hint).toContain("agent-vm connect work");
  });

  test("with --all and --wip", async () => {
    const before = tip("work");
    commit(inGuest(), HOOK);
    write(inGuest(), "dirty.txt", "1\n");
    const error = await refused(fetch({ all: true, wip: true }));
    expect(error.hint).toContain("agent-vm fetch work --all --wip --accept-risk");
    expect(tip("work")).toBe(before);
  });
});

describe("what is looked at", () => {
  test("a commit that a later one takes back", async () => {
    commit(inGuest(), HOOK, "comes");
    git(inGuest(), "rm", "-q", "-r", ".husky");
    git(inGuest(), "commit", "-q", "-m", "goes");
    expect((await refused(fetch())).details[0]).toContain(".husky/post-merge");
  });

  test("what a merge itself brings, but not what it takes from the host's own base", async () => {
    commit(world.repo, { ".husky/pre-push": "mine\n", ".npmrc": "mine\n" }, "the host's own");
    await pushToWorkspace(world.ctx, "work");
    commit(inGuest(), { "a.txt": "1\n" });
    git(inGuest(), "merge", "-q", "-m", "merge", "host/main");
    expect(await found()).toEqual([]);
    commit(inGuest(), { "b.txt": "1\n" });
    git(inGuest(), "checkout", "-q", "-b", "side", "HEAD~1");
    commit(inGuest(), { "c.txt": "1\n" });
    git(inGuest(), "checkout", "-q", "work");
    git(inGuest(), "merge", "-q", "--no-ff", "--no-commit", "side");
    commit(inGuest(), { ".husky/pre-push": "evil\n" }, "evil merge");
    expect((await refused(fetch())).details[0]).toContain(".husky/pre-push");
  });

  test("a commit that a remote of the host has, too: an agent may push there", async () => {
    const inside = commit(inGuest(), HOOK);
    git(world.repo, "fetch", "-q", inGuest(), `${inside}:refs/remotes/origin/work`);
    expect((await refused(fetch())).details[0]).toContain(".husky/post-merge");
  });

  test("what the base has on its remote is the user's own", async () => {
    const main = commit(inGuest(), HOOK, "main, as it came from the remote");
    git(world.repo, "fetch", "-q", inGuest(), `${main}:refs/remotes/origin/main`);
    commit(inGuest(), { "a.txt": "1\n" });
    expect(await found()).toEqual([]);
  });

  test("a file that a merge takes from the past", async () => {
    const old = commit(inGuest(), { ".npmrc": "old\n" });
    await found();
    commit(inGuest(), { ".npmrc": "new\n" });
    await found();
    const merge = ["commit-tree", "-p", "HEAD", "-p", old, "-m", "merge", `${old}^{tree}`];
    git(inGuest(), "reset", "-q", "--hard", git(inGuest(), ...merge));
    expect(await found()).toEqual(["AUTO .npmrc"]);
  });

  test("the commit itself, not what the host has in its place", async () => {
    const inside = commit(inGuest(), HOOK);
    git(world.repo, "fetch", "-q", inGuest(), "work");
    const harmless = git(world.repo, "commit-tree", "-p", "work", "-m", "harmless", "work^{tree}");
    git(world.repo, "replace", inside, harmless);
    expect((await refused(fetch())).details[0]).toContain(".husky/post-merge");
  });

  test("what a file is by a link of the tree", async () => {
    symlinkSync("conf/npm.txt", join(inGuest(), ".npmrc"));
    commit(inGuest(), { "conf/npm.txt": "a=1\n", ".npmrc": "a=1\n" });
    await found();
    commit(inGuest(), { "conf/npm.txt": "script-shell=evil\n" });
    expect((await refused(fetch())).details[0]).toMatch(/^AUTO conf\/npm\.txt, by a link \.npmrc /);
  });

  test("links, submodules, executables, names, sizes and what texts hide", async () => {
    const inside = inGuest();
    write(inside, "run.sh", "#!/bin/sh\n");
    chmodSync(join(inside, "run.sh"), 0o755);
    symlinkSync("/etc/passwd", join(inside, "away"));
    symlinkSync("README.md", join(inside, "near"));
    write(inside, "readme.MD", "x\n");
    write(inside, "trojan.ts", "a\u202eb\n");
    write(inside, "log.txt", "\u001b[2J\n");
    write(inside, "big.bin", "x".repeat(10 * 1024 * 1024 + 1));
    write(inside, "line\nbreak", "x\n");
    git(inside, "add", "-A");
    git(inside, "update-index", "--add", "--cacheinfo", `160000,${"1".repeat(40)},vendor/lib`);
    git(inside, "commit", "-q", "-m", "odd");
    expect(await found()).toEqual([
      "AUTO away",
      "AUTO vendor/lib",
      "EXEC run.sh",
      "NAME line\nbreak",
      "NAME readme.MD",
      "SIZE big.bin",
      "TEXT log.txt",
      "TEXT trojan.ts",
    ]);
    expect(world.said.join("\n")).toContain("NAME (odd names): line^Jbreak, readme.MD");
    // What was there before is nothing new.
    write(inside, "log.txt", "\u001b[2J\nmore\n");
    git(inside, "commit", "-q", "-a", "-m", "more");
    unlinkSync(join(inside, "near"));
    expect(await found()).toEqual([]);
  });

  test("what this host's git configuration and programs take, and nothing of the sort without them", async () => {
    const files = {
      "tools/hooks/pre-push": "x\n",
      ".vscode/tasks.json": "{}\n",
      ".pre-commit-config.yaml": "repos: []\n",
    };
    commit(inGuest(), files);
    expect(await found()).toEqual(["BUILD .pre-commit-config.yaml", "BUILD .vscode/tasks.json"]);
    git(world.repo, "config", "core.hooksPath", "tools/hooks");
    mkdirSync(join(world.hostHome, ".vscode"));
    write(world.repo, ".git/hooks/pre-commit", "#!/bin/sh\nexec pre-commit run\n");
    git(world.repo, "update-ref", "refs/heads/work", "work~1");
    git(inGuest(), "commit", "-q", "--amend", "-m", "another commit");
    const error = await refused(fetch());
    expect(error.details.map((line) => line.split(" ")[1])).toEqual([
      ".pre-commit-config.yaml",
      ".vscode/tasks.json",
      "tools/hooks/pre-push",
    ]);
  });

  test.each([
    ["include.path", "../dev/gitconfig", "dev/gitconfig"],
    ["core.fsmonitor", "./tools/watch --fast", "tools/watch"],
    ["alias.st", "!sh tools/st.sh", "tools/st.sh"],
    ["filter.x.clean", "python 'tools/clean.py'", "tools/clean.py"],
  ])("a file that %s names", async (key, value, path) => {
    git(world.repo, "config", key, value);
    commit(inGuest(), { [path]: "evil\n" });
    expect((await refused(fetch())).details).toEqual([expect.stringContaining(`AUTO ${path} `)]);
  });

  test("a hook directory that is named absolutely, or through a link of the host's", async () => {
    symlinkSync("tools/hooks", join(world.repo, "hooks"));
    mkdirSync(join(world.repo, "tools/hooks"), { recursive: true });
    git(world.repo, "config", "core.hooksPath", join(world.repo, "hooks"));
    commit(inGuest(), { "tools/hooks/pre-push": "evil\n" });
    expect((await refused(fetch())).details).toHaveLength(1);
  });
});

test("files that hooks of this host are or call, and the hooks of the work tree that follows", async () => {
  write(
    world.repo,
    ".git/hooks/pre-push",
    '#!/bin/sh\nexec "$(git rev-parse --show-toplevel)"/tools/check "$@"\n',
  );
  symlinkSync("../../scripts/hook.sh", join(world.repo, ".git/hooks/pre-commit"));
  git(world.repo, "config", "extensions.worktreeConfig", "true");
  const linked = join(world.hostHome, "linked");
  git(world.repo, "worktree", "add", "-q", linked, "work");
  git(linked, "config", "--worktree", "core.hooksPath", "its/hooks");
  const files = { "its/hooks/pre-push": "", "scripts/hook.sh": "", "tools/check": "", "tools/other": "" };
  commit(inGuest(), files);
  expect(await found()).toEqual(["AUTO its/hooks/pre-push", "AUTO scripts/hook.sh", "AUTO tools/check"]);
});

describe("the user's settings", () => {
  test("mute rules and add some", async () => {
    commit(inGuest(), { ...HOOK, "deploy/run.txt": "x\n" });
    world.ctx.settings = { ...world.ctx.settings, customs: { add: [{ path: "deploy/", level: "AUTO" }] } };
    expect((await refused(fetch())).details).toHaveLength(2);
    const mute = ["hook-folder", "no-such-rule"];
    world.ctx.settings = { ...world.ctx.settings, customs: { mute } };
    await fetch();
    expect(tip("work")).toBe(git(inGuest(), "rev-parse", "HEAD"));
    expect(world.said.join("\n")).toContain('names no rule: "no-such-rule"');
  });

  test("are never those of the repository", async () => {
    const config = "customs:\n  mute: [hook-folder]\n";
    commit(inGuest(), { ...HOOK, ".agent-vm.yaml": config, ".config/agent-vm/config.yaml": config });
    write(world.repo, ".agent-vm.yaml", config);
    expect((await refused(fetch())).details[0]).toContain(".husky/post-merge");
  });
});

describe("told beforehand, and to programs", () => {
  test("a dry run says what would be asked, where the host has the commits", async () => {
    commit(inGuest(), HOOK);
    expect(fetchSummary(await fetch({ dryRun: true })).join("\n")).toContain("examined once it is fetched");
    await refused(fetch());
    const lines = fetchSummary(await fetch({ dryRun: true })).join("\n");
    expect(lines).toContain("It would ask first");
    expect(lines).toContain("AUTO .husky/post-merge");
  });

  test("--json gives the findings, also with the refusal", async () => {
    const inside = commit(inGuest(), { ...HOOK, "package.json": "{}\n" });
    const answer = () => JSON.parse(world.said.filter((text) => text.startsWith("{")).at(-1) ?? "{}");
    expect((await runCommand(world.ctx, ["fetch", "work", "--json"])).exit).toBe(EXIT.refused);
    expect(answer()).toMatchObject({ branch: "work", plan: "refuse", to: null, examined: true });
    expect(answer().findings).toEqual([
      expect.objectContaining({
        level: "AUTO",
        rule: "hook-folder",
        path: ".husky/post-merge",
        commit: inside,
        asks: true,
      }),
      expect.objectContaining({ level: "BUILD", rule: "node-build", path: "package.json", asks: false }),
    ]);
    expect((await runCommand(world.ctx, ["fetch", "work", "--json", "--accept-risk"])).exit).toBe(0);
    expect(answer()).toMatchObject({ plan: "advance", how: "forward", to: inside, gained: 1 });
  });

  test("a history that cannot be examined is refused, and taken with --accept-risk alone", async () => {
    const inside = commit(inGuest(), { "a.txt": "1\n" });
    const { run } = world.ctx;
    world.ctx.run = (argv, options) =>
      run(argv.includes("diff-tree") && argv.includes("--stdin") ? ["git", "no-such-verb"] : argv, options);
    const before = tip("work");
    expect((await refused(fetch())).message).toContain("could not be examined");
    expect(tip("work")).toBe(before);
    await fetch({ acceptRisk: true });
    expect(tip("work")).toBe(inside);
  });
});

test("ten thousand changed paths take half a second at most", async () => {
  const from = tip("work");
  const lines = Array.from({ length: 10_000 }, (_, at) => {
    const text = `export const value${at} = "${"x".repeat(at % 3000)}";\n`;
    return `M 100644 inline pkg${at % 40}/src/dir${at % 400}/file${at}.ts\ndata ${text.length}\n${text}`;
  });
  const stream = `commit refs/heads/many\ncommitter A <a@example.org> 1700000000 +0000\ndata 4\nmany\nfrom ${from}\n${lines.join("\n")}\n`;
  const { ctx } = world;
  await ctx.run(["git", "-C", world.repo, "fast-import", "--quiet"], { input: stream });
  const now = tip("many");
  git(world.repo, "update-ref", "-d", "refs/heads/many");
  const repo = await findRepository(ctx);
  const journey = { repo, branch: "work" as never, from, now, to: now, synced: undefined };
  const times: number[] = [];
  // Others are at work on this machine: what counts is the time on one of its own, and one undisturbed round.
  const crowd = Math.max(1, (loadavg()[0] ?? 0) / cpus().length);
  const best = () => Math.min(...times) / crowd;
  while (times.length < 20 && !(best() <= 500)) {
    const began = performance.now();
    expect((await examine(ctx, journey)).asked).toEqual([]);
    times.push(performance.now() - began);
  }
  console.log(
    `10,000 changed paths: ${times.map((one) => `${one.toFixed(0)} ms`).join(", ")}; ${crowd.toFixed(1)} for each processor`,
  );
  expect(best()).toBeLessThanOrEqual(500);
});
