// Clones as people really have them, with what git lets them set or is in the middle of: a whole round with each.
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { EXIT } from "../../src/errors.ts";
import { canary, commit, createRepository, createWorld, git, read, type World, write } from "./guest.ts";
import { type, typeRefused } from "./unusual.ts";

vi.setConfig({ testTimeout: 240_000 });

let world: World;
let count = 0;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.remove());

interface Clone {
  repo: string;
  inside: string;
  /** Where commands are not plainly the world's. */
  ctx?: World["ctx"];
}

function fresh(): Clone {
  count += 1;
  const repo = createRepository(join(world.hostHome, `odd${count}`));
  git(repo, "checkout", "-q", "-b", "work");
  return { repo, inside: world.at(`odd${count}-work`) };
}

const tip = (at: string, ref = "HEAD") => git(at, "rev-parse", ref);

/** As the user commits, but for a signature, a hook and a watch that would fail. */
const PLAIN = ["commit.gpgSign=false", "core.hooksPath=/dev/null", "core.fsmonitor=false"].flatMap((one) => [
  "-c",
  one,
]);

function mine(repo: string, path: string): string {
  write(repo, path, "mine\n");
  git(repo, ...PLAIN, "add", "-A");
  git(repo, ...PLAIN, "commit", "-q", "-m", "mine");
  return tip(repo);
}

/** There and back, with what is not committed away and back again; what a user would look at after each. */
async function round({ repo, inside, ctx = world.ctx }: Clone): Promise<void> {
  const typed = (line: string) => type({ ...world, ctx }, repo, line);
  await typed("push work");
  expect(read(inside, "README.md")).toBe("hello\n");
  const made = commit(inside, { "a.txt": "1\n" });
  await typed("fetch work");
  expect([tip(repo), read(repo, "a.txt")]).toEqual([made, "1\n"]);
  expect(git(repo, ...PLAIN, "status", "--porcelain")).toBe("");
  const own = mine(repo, "b.txt");
  await typed("push work");
  expect([tip(inside), read(inside, "b.txt")]).toEqual([own, "mine\n"]);
  const last = commit(inside, { "c.txt": "3\n" });
  write(inside, "dirty.txt", "d\n");
  await typed("clean work");
  await typed("restore work");
  expect([tip(inside), read(inside, "dirty.txt")]).toEqual([last, "d\n"]);
  await typed("fetch work");
  expect([tip(repo), read(repo, "c.txt")]).toEqual([last, "3\n"]);
}

/** Each by itself goes through, too; two rounds are quicker than forty. */
const SETTINGS: Record<string, Record<string, string>> = {
  "one half": {
    "branch.autoSetupMerge": "always",
    "branch.autoSetupRebase": "always",
    "branch.work.pushRemote": "elsewhere",
    "checkout.defaultRemote": "nowhere",
    "commit.gpgSign": "true",
    "core.askPass": "/bin/false",
    "core.autocrlf": "input",
    "core.checkStat": "minimal",
    "core.commentChar": "auto",
    "core.editor": "/bin/false",
    "core.fsmonitor": "true",
    "core.logAllRefUpdates": "false",
    "core.pager": "/bin/false",
    "core.safecrlf": "true",
    "core.sharedRepository": "group",
    "core.splitIndex": "true",
    "core.sshCommand": "/bin/false",
    "core.untrackedCache": "true",
    "diff.external": "/bin/false",
    "extensions.worktreeConfig": "true",
    "feature.experimental": "true",
    "fetch.fsck.missingEmail": "error",
    "fetch.recurseSubmodules": "true",
    "fetch.writeCommitGraph": "true",
    "gc.auto": "1",
    "gc.autoDetach": "false",
    "gc.pruneExpire": "now",
    "gc.reflogExpire": "now",
    "gpg.program": "/bin/false",
    "merge.ff": "false",
    "merge.verifySignatures": "true",
    "pager.status": "/bin/false",
    "protocol.allow": "never",
    "protocol.ext.allow": "always",
    "protocol.file.allow": "never",
    "protocol.ssh.allow": "never",
    "protocol.version": "0",
    "push.gpgSign": "if-asked",
    "push.recurseSubmodules": "check",
    "receive.denyDeletes": "true",
    "receive.denyNonFastForwards": "true",
    "remote.pushDefault": "nowhere",
    "ssh.variant": "plink",
    "status.showUntrackedFiles": "no",
    "submodule.recurse": "true",
    "transfer.fsckObjects": "true",
    "transfer.hideRefs": "refs/agent-vm",
    "uploadpack.allowFilter": "false",
    "uploadpack.hideRefs": "refs/heads",
    "url.https://nowhere.invalid/.insteadOf": "ssh://",
    "url.https://nowhere.invalid/x/.pushInsteadOf": "ssh://",
  },
  "the other half": {
    "core.compression": "0",
    "core.ignoreCase": "true",
    "core.precomposeUnicode": "true",
    "core.trustctime": "false",
    "feature.manyFiles": "true",
    "fetch.all": "true",
    "fetch.parallel": "0",
    "index.skipHash": "true",
    "index.version": "4",
    "pack.threads": "1",
    "pull.rebase": "true",
    "push.autoSetupRemote": "true",
    "push.default": "matching",
    "push.recurseSubmodules": "only",
    "rebase.autoStash": "true",
    "rebase.updateRefs": "true",
    "remote.origin.mirror": "true",
    "remote.origin.prune": "true",
    "remote.origin.tagOpt": "--tags",
    "remote.origin.url": "https://nowhere.invalid/x.git",
    "rerere.enabled": "true",
    "status.relativePaths": "true",
    "status.short": "true",
    "status.showUntrackedFiles": "all",
    "user.useConfigOnly": "true",
  },
};

test.each(Object.entries(SETTINGS))(
  "a clone with %s of what git lets one set",
  async (_, settings) => {
    const clone = fresh();
    const { repo } = clone;
    const hook = canary(world.hostHome, `hook${count}`);
    const monitor = canary(world.hostHome, `monitor${count}`);
    const hooks = join(world.hostHome, `hooks${count}`);
    mkdirSync(hooks);
    for (const name of HOOKS) symlinkSync(hook.program, join(hooks, name));
    // git keeps its index in another form from here on.
    const forms = ["--split-index", "--untracked-cache", "--index-version=4"];
    for (const form of settings["core.splitIndex"] ? forms.slice(0, 2) : forms.slice(2))
      git(repo, "update-index", ...form.split("="));
    const own = { "core.fsmonitor": monitor.program, ...settings, "core.hooksPath": hooks };
    for (const [key, value] of Object.entries(own)) git(repo, "config", key, value);
    await round(clone);
    expect([hook.fired(), monitor.fired()]).toEqual([false, false]);
  },
  240_000,
);

const HOOKS = [
  "post-checkout",
  "post-index-change",
  "post-merge",
  "pre-auto-gc",
  "pre-push",
  "reference-transaction",
];

/** The branch `work` of a new clone with three commits more, its workspace, and a commit in that. */
async function begun(): Promise<Clone & { made: string }> {
  const clone = fresh();
  for (const name of ["1", "2", "3"]) commit(clone.repo, { [name]: name });
  await type(world, clone.repo, "push work");
  return { ...clone, made: commit(clone.inside, { "a.txt": "1\n" }) };
}

/** What git does not do to its end, as at a conflict. */
const stopped = (repo: string, ...args: string[]) => expect(() => git(repo, ...args)).toThrow();

test("a bisect goes on where it was, and ends at the branch with what came", async () => {
  const { repo, made, inside } = await begun();
  for (const args of [["start"], ["bad"], ["good", "HEAD~3"]]) git(repo, "bisect", ...args);
  const at = tip(repo);
  await type(world, repo, "fetch work");
  expect([tip(repo), tip(repo, "work")]).toEqual([at, made]);
  await type(world, repo, "clean work");
  await type(world, repo, "push work");
  git(repo, "bisect", "reset");
  expect([tip(repo), git(repo, "status", "--porcelain"), tip(inside)]).toEqual([made, "", made]);
});

test("a rebase of the branch, or a merge on it, is let end before the branch moves", async () => {
  const { repo, made, inside } = await begun();
  git(repo, "checkout", "-q", "-b", "other", "work~3");
  commit(repo, { 1: "other\n" });
  git(repo, "checkout", "-q", "work");
  const before = tip(repo);
  for (const [begin, abort] of [
    [
      ["rebase", "other"],
      ["rebase", "--abort"],
    ],
    [
      ["merge", "-q", "other"],
      ["merge", "--abort"],
    ],
    [
      ["cherry-pick", "other"],
      ["cherry-pick", "--abort"],
    ],
  ] as const) {
    stopped(repo, ...begin);
    const { exit, text } = await typeRefused(world, repo, "fetch work");
    expect([exit, text]).toEqual([
      EXIT.refused,
      expect.stringMatching(/in the middle of|in progress|unfinished/),
    ]);
    expect(tip(repo, "refs/heads/work")).toBe(before);
    git(repo, ...abort);
  }
  await type(world, repo, "fetch work");
  expect([tip(repo, "refs/heads/work"), tip(inside)]).toEqual([made, made]);
});

test("a tag of the branch's name is never taken for it", async () => {
  const { repo, made, inside } = await begun();
  git(repo, "tag", "work", "work~3");
  git(inside, "tag", "work", "HEAD~2");
  await type(world, repo, "fetch work");
  expect(tip(repo, "refs/heads/work")).toBe(made);
  const mine = commit(repo, { "b.txt": "2\n" });
  await type(world, repo, "push work");
  expect(tip(inside, "refs/heads/work")).toBe(mine);
  const last = commit(inside, { "c.txt": "3\n" });
  await type(world, repo, "clean work");
  await type(world, repo, "restore work");
  expect([tip(inside, "refs/heads/work"), tip(inside, "refs/tags/work")]).toEqual([
    last,
    tip(inside, "HEAD~4"),
  ]);
});

test("notes of the host stay there, and those of the agent are saved and come back", async () => {
  const { repo, inside, made } = await begun();
  git(repo, "notes", "add", "-m", "mine", "work");
  git(inside, "notes", "add", "-m", "theirs", made);
  await type(world, repo, "fetch work");
  expect(git(repo, "notes", "list").split(" ")[1]).toBe(tip(repo, "work~"));
  await type(world, repo, "clean work");
  await type(world, repo, "restore work");
  expect(git(inside, "notes", "show", made)).toBe("theirs");
});

test("commits of a detached HEAD on no branch stay where they are", async () => {
  const { repo, made } = await begun();
  git(repo, "checkout", "-q", "--detach", "work~");
  const mine = commit(repo, { "mine.txt": "1\n" });
  await type(world, repo, "fetch work");
  await type(world, repo, "clean work");
  await type(world, repo, "push other");
  expect([tip(repo), tip(repo, "work"), tip(world.at(`odd${count}-other`))]).toEqual([mine, made, mine]);
  expect(git(repo, "status", "--porcelain")).toBe("");
});

test("a clone of another owner is refused as git refuses it, and goes once safe.directory names it and its git directory", async () => {
  const clone = fresh();
  const { run } = world.ctx;
  // git's own way to be told so.
  const foreign: typeof run = (argv, options) => {
    const own = argv.includes(clone.repo) || argv.some((word) => word.startsWith(`${clone.repo}/`));
    const env = { ...options?.env, ...(own && { GIT_TEST_ASSUME_DIFFERENT_OWNER: "1" }) };
    return run(argv, argv.includes("git") ? { ...options, env } : options);
  };
  const there = { ...clone, ctx: { ...world.ctx, run: foreign } };
  const { exit, text } = await typeRefused({ ...world, ctx: there.ctx }, clone.repo, "push work");
  expect([exit, text]).toEqual([
    EXIT.failed,
    expect.stringMatching(/dubious ownership[\s\S]*safe\.directory/),
  ]);
  // As the user was told, and for commands that ask its git directory alone (clean, restore).
  for (const place of [clone.repo, join(clone.repo, ".git")])
    git("/", "config", "--file", join(world.hostHome, ".gitconfig"), "--add", "safe.directory", place);
  await round(there);
});
