// What commits alone do not bring: submodules, large files (Git LFS) and granted ignored files, both ways in a real VM.
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import type { Answer, World } from "./world.ts";

const BRANCH = "all-kinds";

/** Makes `home/kinds` with a submodule in a submodule, a large file and an ignored one; gives its path. */
async function makeRepository(world: World): Promise<string> {
  const git = (cwd: string, ...args: string[]) =>
    execa("git", ["-c", "protocol.file.allow=always", ...args], { cwd, env: world.env, extendEnv: false });
  const made = async (name: string) => {
    await git(world.home, "init", "-q", "-b", "main", name);
    const at = join(world.home, name);
    await writeFile(join(at, "file"), `${name}\n`);
    return at;
  };
  const commit = async (at: string) => {
    await git(at, "add", "-A");
    await git(at, "commit", "-q", "-m", "first");
  };
  await git(world.home, "lfs", "install");
  const inner = await made("inner");
  await commit(inner);
  const outer = await made("outer");
  await git(outer, "submodule", "--quiet", "add", inner, "inner");
  await commit(outer);
  const repo = await made("kinds");
  await git(repo, "lfs", "track", "*.bin");
  await writeFile(join(repo, "big.bin"), Buffer.alloc(3_000_000, "large "));
  await writeFile(join(repo, ".gitignore"), ".env.sandbox\n");
  await writeFile(join(repo, ".env.sandbox"), "GRANTED=1\n");
  await chmod(join(repo, ".env.sandbox"), 0o600);
  await git(repo, "submodule", "--quiet", "add", "../outer", "outer");
  await git(repo, "submodule", "--quiet", "update", "--init", "--recursive");
  await commit(repo);
  return repo;
}

/** `world` has a VM with git-lfs. */
export function leftBehindCases(world: () => World): void {
  describe("what commits alone do not bring", () => {
    let repo: string;
    const ok = async (...args: string[]): Promise<Answer> => {
      const answer = await world().agentVm("--repo", repo, ...args);
      expect(answer.code, answer.all).toBe(0);
      return answer;
    };
    const inside = async (script: string) =>
      (await ok("connect", BRANCH, "--", "sh", "-ec", script)).stdout.trim().split("\n");
    const onHost = async (...args: string[]) =>
      (await execa("git", args, { cwd: repo, env: world().env, extendEnv: false })).stdout.trim();

    it("is in a new workspace: submodules, large files, and what was granted", async () => {
      repo = await makeRepository(world());
      await ok("config", "set", "workspace.carry", ".env.sandbox");
      expect(
        await inside(
          "cat outer/file outer/inner/file; wc -c <big.bin; stat -c %a .env.sandbox; cat .env.sandbox; git status --porcelain",
        ),
      ).toEqual(["outer", "inner", "3000000", "600", "GRANTED=1"]);
    });

    it("comes home with a fetch, before the branch moves", async () => {
      await inside(
        "git config --global user.name Agent; git config --global user.email agent@example.invalid; " +
          "cd outer; echo more >>file; git commit -qam 'in the submodule'; cd ..; " +
          "head -c 2000000 /dev/zero >new.bin; git add -A; git commit -qm 'all kinds'",
      );
      await ok("fetch", BRANCH, "--accept-risk");
      expect(await onHost("log", "-1", "--format=%s", BRANCH)).toBe("all kinds");
      const recorded = await onHost("rev-parse", `${BRANCH}:outer`);
      expect(await onHost("-C", "outer", "log", "-1", "--format=%s", recorded)).toBe("in the submodule");
      await onHost("checkout", "-q", BRANCH);
      expect(await onHost("lfs", "fsck")).toContain("OK");
      expect(await onHost("lfs", "ls-files")).toMatch(/ \* new\.bin/);
    });

    it("is no work that only the VM has, so that nothing has to be saved", async () => {
      const said = (await ok("clean", BRANCH, "--yes")).all;
      expect(said).not.toContain("saved");
    });
  });
}
