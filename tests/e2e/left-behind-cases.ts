// What commits alone do not bring: submodules, large files (Git LFS) and granted ignored files, both ways in a real VM.
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Answer, World } from "./world.ts";

const BRANCH = "all-kinds";
const LARGE = 3_000_000;
const GRANTED = ".env.sandbox";

/** With the identity that the world's repository has, and with clones by path, which submodules are otherwise denied. */
const SETTINGS = ["user.name=Host User", "user.email=host@example.invalid", "protocol.file.allow=always"];

/** git as the world's user. */
const gitOf = (world: World) => async (cwd: string, args: readonly string[]) => {
  const settings = SETTINGS.flatMap((one) => ["-c", one]);
  return (
    await execa("git", [...settings, ...args], { cwd, env: world.env, extendEnv: false })
  ).stdout.trim();
};

/** Makes `home/kinds` with a submodule in a submodule, a large file and an ignored one; gives its path. */
async function makeRepository(world: World): Promise<string> {
  const git = gitOf(world);
  const made = async (name: string, fill: (at: string) => Promise<unknown>) => {
    const at = join(world.home, name);
    await git(world.home, ["init", "-q", "-b", "main", name]);
    await writeFile(join(at, "file"), `${name}\n`);
    await fill(at);
    await git(at, ["add", "-A"]);
    await git(at, ["commit", "-q", "-m", "first"]);
    return at;
  };
  await git(world.home, ["lfs", "install"]);
  const inner = await made("inner", async () => {});
  await made("outer", (at) => git(at, ["submodule", "--quiet", "add", inner, "inner"]));
  return made("kinds", async (at) => {
    await git(at, ["lfs", "track", "*.bin"]);
    await writeFile(join(at, "big.bin"), Buffer.alloc(LARGE, "large "));
    await writeFile(join(at, ".gitignore"), `${GRANTED}\n`);
    await writeFile(join(at, GRANTED), "KEY=host\n");
    await chmod(join(at, GRANTED), 0o600);
    await git(at, ["submodule", "--quiet", "add", "../outer", "outer"]);
    await git(at, ["submodule", "--quiet", "update", "--init", "--recursive"]);
  });
}

/**
 * The whole workspace: what git says of it and its submodules, whether each is checked out at what is recorded, all files,
 * the mode of the one that was granted.
 */
const STATE = `
  git status --porcelain=v2 --branch --ignored; git lfs ls-files
  git submodule status --recursive | sed 's/ (.*//'
  git submodule --quiet foreach --recursive 'echo "$displaypath"; git rev-parse HEAD; git status --porcelain'
  find . -name .git -prune -o -type f -print0 | sort -z | xargs -0 sha256sum; stat -c %a ${GRANTED}`;

/** `world` has a VM with git-lfs. */
export function leftBehindCases(world: () => World): void {
  describe("what commits alone do not bring", () => {
    let repo: string;
    beforeAll(async () => {
      repo = await makeRepository(world());
      await ok("config", "set", "workspace.carry", GRANTED);
    });
    afterAll(() => world().agentVm("config", "unset", "workspace.carry"));

    const run = (...args: string[]): Promise<Answer> => world().agentVm("--repo", repo, ...args);
    const ok = async (...args: string[]): Promise<Answer> => {
      const answer = await run(...args);
      expect(answer.code, answer.all).toBe(0);
      return answer;
    };
    const inside = async (script: string) =>
      (await ok("connect", BRANCH, "--", "sh", "-ec", script)).stdout.trim();
    const onHost = (at: string, ...args: string[]) => gitOf(world())(join(repo, at), args);
    const carried = async () =>
      JSON.parse((await world().agentVm("status", "--json")).stdout).workspaces.find(
        (one: { branch: string }) => one.branch === BRANCH,
      ).carried;

    it("is in a new workspace: submodules, large files, and what was granted", async () => {
      const said = await inside(
        `cat file outer/file outer/inner/file; wc -c <big.bin; stat -c %a ${GRANTED}; cat ${GRANTED}; git submodule status --recursive | grep -c '^ '; git status --porcelain`,
      );
      const there = ["kinds", "outer", "inner", String(LARGE), "600", "KEY=host", "2"];
      expect(said.split("\n")).toEqual(there);
      expect(await carried()).toEqual([{ path: GRANTED, state: "equal" }]);
    });

    it("comes home with a fetch: commits of every depth, and the content of large files", async () => {
      await inside(`
        (cd outer/inner; echo deep >>file; git commit -qam "in the inner one")
        (cd outer; echo more >>file; git commit -qam "in the outer one")
        head -c ${LARGE} /dev/zero >new.bin; git add -A; git commit -qm "all kinds"`);
      await ok("fetch", BRANCH, "--accept-risk");
      expect(await onHost(".", "log", "-1", "--format=%s", BRANCH)).toBe("all kinds");
      // From what is here by now: no clone needs its remote for it.
      await onHost(".", "checkout", "-q", BRANCH);
      await onHost(".", "submodule", "--quiet", "update", "--recursive", "--no-fetch");
      expect(await onHost("outer", "log", "-1", "--format=%s")).toBe("in the outer one");
      expect(await onHost("outer/inner", "log", "-1", "--format=%s")).toBe("in the inner one");
      expect(await readFile(join(repo, "outer/inner/file"), "utf8")).toBe("inner\ndeep\n");
      expect((await readFile(join(repo, "new.bin"))).equals(Buffer.alloc(LARGE))).toBe(true);
      expect(await onHost(".", "lfs", "ls-files")).toMatch(/ \* new\.bin$/m);
      expect(await onHost(".", "lfs", "fsck")).toContain("OK");
      expect(await onHost(".", "status", "--porcelain")).toBe("");
    });

    it("is not written over where both sides changed what was granted", async () => {
      await inside(`echo KEY=agent >${GRANTED}`);
      await writeFile(join(repo, GRANTED), "KEY=newer\n");
      const refused = await run("push", "--carry", BRANCH);
      expect(refused.code, refused.all).toBe(4);
      expect(refused.stderr).toContain(`${GRANTED}: it was changed in the VM`);
      expect(await inside(`cat ${GRANTED}`)).toBe("KEY=agent");
      expect(await carried()).toEqual([{ path: GRANTED, state: "changed in the VM" }]);
    });

    it("is saved where only the VM has it, and restored as it was", async () => {
      await inside(`
        (cd outer/inner; echo deeper >>file; git commit -qam "only in the VM"; echo loose >loose)
        printf 'only in the VM' >only.bin; git add only.bin; git commit -qm "a large file more"`);
      const before = await inside(STATE);
      expect(before).toMatch(/^ \w+ outer\n\+\w+ outer\/inner$/m);
      const said = (await ok("clean", BRANCH, "--yes")).stderr;
      for (const line of [
        "in the submodule outer/inner: commits the host has not",
        "in the submodule outer/inner: untracked: loose",
        "large files (Git LFS) the host has not: 1",
        `carried, changed in the VM: ${GRANTED}`,
      ])
        expect(said).toContain(line);
      expect((await world().agent(`test -e workspace/kinds-${BRANCH}`)).code).toBe(1);
      await ok("restore", BRANCH);
      expect(await inside(STATE)).toBe(before);
    });

    it("is no work that only the VM has once it came home, so that nothing is saved", async () => {
      await inside(`
        rm outer/inner/loose; (cd outer; git commit -qam "the inner one moved"); git commit -qam "all of it"`);
      await ok("fetch", BRANCH, "--accept-risk");
      const replaced = await ok("push", "--carry", "--replace", BRANCH);
      const [, kept = ""] = /lies there as (\S+)\.$/m.exec(replaced.all) ?? [];
      expect(await inside(`cat ${GRANTED} ${kept}; rm ${kept}`)).toBe("KEY=newer\nKEY=agent");
      expect((await ok("clean", BRANCH, "--yes")).all).not.toMatch(/saved/i);
    });
  });
}
