// Git between host and a real VM: every verdict and its way on, work saved and brought back, also after the VM is gone.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, makeWorld, VM, type World } from "./world.ts";

let world: World;
const BRANCH = "topic";
const DIR = "my-project-topic";

beforeAll(async () => {
  world = await makeWorld();
  const setup = await world.agentVm("setup", "--yes", "--image", "build");
  expect(setup.code, setup.all).toBe(0);
  await world.git("tag", "v1");
});

afterAll(async () => {
  await world.agentVm("destroy", "--yes", "--force");
  // Whatever failed above, no VM outlives its test, also under the name it got when it was put aside.
  const { stdout } = await world.limactl(["list", "-q"]);
  await world.limactl(["delete", "--force", VM, ...stdout.split("\n").filter(Boolean)]);
  await world.remove();
});

/** A command of ours that has to succeed. */
async function ok(...args: string[]): Promise<Answer> {
  const answer = await world.agentVm(...args);
  expect(answer.code, answer.all).toBe(0);
  return answer;
}

async function refused(...args: string[]): Promise<string> {
  const answer = await world.agentVm(...args);
  expect(answer.code, answer.all).toBe(4);
  return answer.stderr;
}

/** A shell command in the workspace. */
const inside = async (script: string, branch = BRANCH): Promise<string> =>
  (await ok("connect", branch, "--", "sh", "-ec", script)).stdout.trim();

const AGENT = "git config --global user.name Agent; git config --global user.email agent@example.invalid;";
const tip = (ref = `refs/heads/${BRANCH}`): Promise<string> => world.git("rev-parse", ref);

async function verdict(): Promise<{ kind: string }> {
  const { workspaces } = JSON.parse((await ok("status", "--json")).stdout);
  return workspaces.find((one: { branch: string }) => one.branch === BRANCH).verdict;
}

describe("work moves between host and workspace", () => {
  it("into a new workspace with the base branch and its tags, and home again", async () => {
    await ok("start", "--yes", "--memory", "2", "--disk", "12");
    await inside(`${AGENT} echo one >one; git add one; git commit -qm "agent one"`);
    expect(await inside("git rev-parse host/main v1^{commit}")).toContain(await tip("main"));
    const fetched = await ok("fetch", BRANCH);
    expect(fetched.stdout).toContain("agent one");
    expect(await tip()).toBe(await inside("git rev-parse HEAD"));
    expect((await verdict()).kind).toBe("equal");
  });

  it("shows what is new before any fetch", async () => {
    await inside("echo two >two; git add two; git commit -qm 'agent two'; echo loose >loose");
    expect((await ok("log", BRANCH)).stdout).toContain("agent two");
    const diff = (await ok("diff", BRANCH)).stdout;
    expect(diff).toContain("+two");
    expect(diff).toContain("+loose");
    expect((await ok("diff", BRANCH, "--committed")).stdout).not.toContain("+loose");
  });

  it("after an amend only by choice, with the old commit kept", async () => {
    await ok("fetch", BRANCH);
    const before = await tip();
    await inside("git commit -q --amend -m 'agent two, again'");
    expect((await verdict()).kind).toBe("rewritten");
    await refused("fetch", BRANCH);
    expect(await tip()).toBe(before);
    await ok("fetch", BRANCH, "--reset");
    expect(await tip()).toBe(await inside("git rev-parse HEAD"));
    expect(await world.git("for-each-ref", "--contains", before, "refs/agent-vm")).not.toBe("");
  });

  it("when both sides have commits, by a merge or a rebase", async () => {
    await world.git("checkout", "-q", BRANCH);
    await world.commit("host", "h\n", "host one");
    await world.git("checkout", "-q", "main");
    await inside("echo three >three; git add three; git commit -qm 'agent three'");
    expect((await verdict()).kind).toBe("diverged");
    await refused("fetch", BRANCH);
    await refused("push", BRANCH);
    await ok("fetch", BRANCH, "--merge");
    await ok("push", BRANCH);
    expect((await verdict()).kind).toBe("equal");
  });

  it("after the host's own rewriting only by choice, with the workspace's commit kept", async () => {
    const before = await inside("git rev-parse HEAD");
    await world.git("checkout", "-q", BRANCH);
    await world.commit("host", "h2\n", "host two");
    await world.git("reset", "-q", "--soft", "HEAD~2");
    await world.git("commit", "-q", "-m", "host, squashed");
    await world.git("checkout", "-q", "main");
    await refused("push", BRANCH);
    await ok("push", BRANCH, "--reset");
    expect(await inside("git rev-parse HEAD")).toBe(await tip());
    expect(await inside(`git for-each-ref --contains ${before} refs/agent-vm`)).not.toBe("");
    expect(await inside("cat loose")).toBe("loose");
  });

  it("as work in progress that git can show, with the workspace left alone", async () => {
    await inside("echo staged >>one; git add one; echo changed >>one");
    const before = await inside("git status --porcelain; git stash list; sha256sum .git/index");
    const said = (await ok("fetch", BRANCH, "--wip")).all;
    expect(await inside("git status --porcelain; git stash list; sha256sum .git/index")).toBe(before);
    const [, gitDir = "", ref = ""] =
      /git --git-dir=(\S+) show (refs\/saves\/\S+\/own\/tree)/.exec(said) ?? [];
    expect(await world.git(`--git-dir=${gitDir}`, "show", `${ref}:loose`)).toBe("loose");
    expect(await world.git(`--git-dir=${gitDir}`, "show", `${ref}:one`)).toContain("changed");
  });

  it("into a second workspace, from what is in the VM already", async () => {
    await inside("git rev-parse host/main", "second");
    expect(await inside("cat .git/objects/info/alternates 2>/dev/null || echo none", "second")).toBe("none");
    expect(await inside("find .git/objects -type f -links +1 | wc -l", "second")).toBe("0");
    await ok("clean", "second", "--yes");
    await inside("git fsck --no-dangling");
  });
});

describe("nothing is lost", () => {
  const STATE = `
    git status --porcelain=v2 --ignored; git stash list; git for-each-ref refs/heads refs/tags refs/stash; cat .git/HEAD
    find . -path ./.git -prune -o -type f -print0 | sort -z | xargs -0 sha256sum`;

  const soil = () =>
    inside(`
      git branch -f aside HEAD~1
      echo stashed >>two; git stash push -qm precious
      echo secret >.env; printf 'crlf\\r\\n' >'odd
name'; chmod 755 one; ln -s nowhere link; git add link`);

  it("when a workspace with all kinds of work is cleaned and restored", async () => {
    await soil();
    const before = await inside(STATE);
    const cleaned = await ok("clean", BRANCH, "--yes");
    for (const word of [".env", "loose", "stash", `agent-vm restore ${BRANCH}`])
      expect(cleaned.stderr).toContain(word);
    expect((await world.admin(`sudo ls -A /home/agent/workspace`)).stdout).not.toContain(DIR);
    await ok("restore", BRANCH);
    expect(await inside(STATE)).toBe(before);
  });

  it("when the workspace's repository is damaged", async () => {
    // A file that still has the content would be saved as it lies there, and the object with it.
    await inside("echo will be zeroed >z; git add z; git commit -qm z; echo edited since >z");
    await inside(
      "o=$(git rev-parse HEAD:z); f=.git/objects/$(echo $o | cut -c1-2)/$(echo $o | cut -c3-); chmod u+w $f; cp $f ../kept; : >$f",
    );
    for (const words of [["clean", BRANCH], ["clean-all"], ["destroy"]]) await refused(...words, "--yes");
    expect(await inside("cat loose")).toBe("loose");
    await inside(
      "o=$(git rev-parse HEAD:z); f=.git/objects/$(echo $o | cut -c1-2)/$(echo $o | cut -c3-); cat ../kept >$f; rm ../kept",
    );
  });

  it("when the workspace has its references and their history in a table (reftable)", async () => {
    const lost = await inside(
      `rm -rf .git/logs; git refs migrate --ref-format=reftable; git commit -q --allow-empty -m lost
      git rev-parse HEAD; git reset -q --hard HEAD~1; git reset -q --hard`,
      "table",
    );
    expect((await ok("clean", "table", "--yes")).stderr).toContain("a reflog");
    await ok("restore", "table");
    expect(await inside(`git cat-file -t ${lost}`, "table")).toBe("commit");
    await ok("clean", "table", "--yes", "--force");
  });

  it("while something works in the workspace", async () => {
    await inside("nohup sleep 300 >/dev/null 2>&1 & echo $! >/tmp/sleeper");
    expect(await refused("clean", BRANCH, "--yes")).toContain("sleep");
    await inside("kill $(cat /tmp/sleeper)");
  });

  it("when the VM is destroyed and made again", async () => {
    const before = await inside(STATE);
    await world.admin(
      "sudo -u agent git init -q /home/agent/own && sudo -u agent touch /home/agent/own/file",
    );
    const destroyed = await ok("destroy", "--yes");
    expect(destroyed.stderr).toContain("own");
    expect(JSON.parse((await ok("status", "--json")).stdout).state).toBe("missing");
    await ok("start", "--memory", "2", "--disk", "12");
    await ok("restore", BRANCH);
    expect(await inside(STATE)).toBe(before);
  });

  it("until it is dropped from the trash", async () => {
    const list = JSON.parse((await ok("trash", "list", "--json")).stdout);
    expect(JSON.stringify(list)).toContain(BRANCH);
    await refused("trash", "drop", "--older-than", "0d", "--yes");
    await ok("trash", "drop", "--older-than", "0d", "--force");
    expect((await ok("trash", "list", "--json")).stdout).not.toContain(`"branch": "${BRANCH}"`);
  });

  it("when a VM that does not answer is destroyed: it is put aside", async () => {
    const precious = await inside("cat loose");
    const pid = Number(await readFile(join(world.limaHome, VM, "qemu.pid"), "utf8"));
    process.kill(pid, "SIGSTOP");
    const answer = await ok("destroy", "--yes");
    expect(JSON.parse((await ok("status", "--json")).stdout).state).toBe("missing");
    const aside = /--vm (\S+)/.exec(answer.stderr)?.[1] ?? "";
    expect(aside).not.toBe("");
    const found = await world.agentVm("--vm", aside, "connect", BRANCH, "--", "cat", "loose");
    expect(found.stdout.trim(), found.all).toBe(precious);
    expect((await world.agentVm("--vm", aside, "destroy", "--force")).code).toBe(0);
  });
});
