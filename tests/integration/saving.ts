// Saving and deleting workspaces in tests, and all that can be seen of one, to compare it with what comes back.
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { saveWorkspace } from "../../src/domain/sync/save/save.ts";
import type { Save } from "../../src/domain/vault/save.ts";
import { parseBranch } from "../../src/domain/workspace/branch.ts";
import { findWorkspace, forgetWorkspace } from "../../src/domain/workspace/registry.ts";
import { findRepository } from "../../src/domain/workspace/repository.ts";
import { git, read, type World } from "./guest.ts";

async function workspaceOf(world: World, branch: string) {
  const repo = await findRepository(world.ctx);
  const workspace = await findWorkspace(world.ctx, repo.id, await parseBranch(world.ctx, branch));
  if (!workspace) throw new Error("no workspace");
  return { repo, workspace };
}

export async function save(world: World, why: Save["why"] = "clean", branch = "work"): Promise<Save> {
  const { repo, workspace } = await workspaceOf(world, branch);
  const what = { dir: workspace.dir, workspace, repo, why, ignored: why !== "wip" };
  return (await saveWorkspace(world.ctx, await world.ctx.target(), what)).save;
}

/** The workspace is gone without a trace, as it is after `clean`. */
export async function remove(world: World, branch = "work"): Promise<void> {
  const { workspace } = await workspaceOf(world, branch);
  const at = world.at(workspace.dir);
  execFileSync("chmod", ["-R", "u+rwX", at]);
  rmSync(at, { recursive: true });
  await forgetWorkspace(world.ctx, workspace.dir);
}

export const shell = (directory: string, script: string): string =>
  execFileSync("sh", ["-c", script], {
    cwd: directory,
    encoding: "latin1",
    env: { ...process.env, LC_ALL: "C" },
  });

const LOOK = `
find . -name .git -prune -o ! -type d -printf '%P %y %m %l\\0' | sort -z | tr '\\0' '\\n'
find . -name .git -prune -o -type f -print0 | sort -z | xargs -0 sha256sum
`;

/** All that the agent can see: names, modes, contents and links of files, and what git says. */
export const seen = (at: string) => ({
  files: shell(at, LOOK),
  status: git(at, "status", "--porcelain=v2", "--branch", "-z", "--ignored"),
  stashes: git(at, "stash", "list", "--format=%gd %gs %H"),
  stages: git(at, "ls-files", "--stage", "-z"),
  refs: git(at, "for-each-ref", "--format=%(refname) %(objectname)")
    .split("\n")
    .filter((line) => !/^refs\/(remotes|agent-vm\/earlier)\//.test(line)),
  head: read(git(at, "rev-parse", "--absolute-git-dir"), "HEAD"),
  config: git(at, "config", "--get-regexp", "^(receive|agent-vm)\\."),
});
