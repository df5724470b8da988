// A hostile .gitmodules, and links in a hostile workspace: what pushes submodules writes nowhere but in their own
// places, sends nothing but them, and runs nothing on the host.
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll } from "vitest";
import { namedSubmodule } from "../../src/adapters/git.ts";
import { SETTLE, SETTLE_ONE } from "../../src/domain/submodules/guest/settle.ts";
import { fillSubmodules } from "../../src/domain/submodules/out.ts";
import { wayToFiles, wayToGitDir } from "../../src/domain/submodules/places.ts";
import { type Node, submoduleTree } from "../../src/domain/submodules/tree.ts";
import { callGuest, nulSeparated } from "../../src/domain/sync/guest.ts";
import type { Pairing } from "../../src/domain/sync/push/push.ts";
import { parseBranch, resolveBranch } from "../../src/domain/workspace/branch.ts";
import { pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { reserveWorkspace } from "../../src/domain/workspace/registry.ts";
import { findRepository } from "../../src/domain/workspace/repository.ts";
import { commit, createRepository, createWorld, git, type World } from "../integration/guest.ts";
import { attack } from "./attacks.ts";

let template: World;
let world: World;
beforeAll(async () => {
  template = await createWorld();
  template.stopGuest();
  const lib = createRepository(join(template.hostHome, "lib"));
  git(template.repo, "checkout", "-q", "-b", "work");
  git(template.repo, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "--", lib, "lib");
  git(template.repo, "commit", "-q", "-m", "lib");
});
afterAll(() => template.remove());
/** Each play has a world of its own. */
async function fresh(): Promise<World> {
  world?.remove();
  world = await createWorld();
  rmSync(world.repo, { recursive: true });
  cpSync(template.repo, world.repo, { recursive: true, verbatimSymlinks: true });
  return world;
}
afterEach(() => world.remove());

const push = () => pushToWorkspace(world.ctx, "work");
const inGuest = (...rest: string[]) => world.at("shop-work", ...rest);

async function pairing(): Promise<Pairing> {
  const { ctx } = world;
  const repo = await findRepository(ctx);
  const name = await parseBranch(ctx, "work");
  const branch = await resolveBranch(ctx, repo, name);
  const workspace = await reserveWorkspace(ctx, { repoName: repo.name, repoId: repo.id, branch: name });
  return { repo, branch, workspace };
}

/** The submodule `lib` of the commit, as one that its `.gitmodules` calls otherwise. */
async function sendAs(change: Partial<Node>): Promise<void> {
  const pair = await pairing();
  const { nodes } = await submoduleTree(world.ctx, pair.repo, git(world.repo, "rev-parse", "main2"));
  const [node] = nodes;
  if (node === undefined) throw new Error("there is no submodule");
  const sent = fillSubmodules(world.ctx, await world.ctx.target(), pair, {
    nodes: [{ ...node, ...change }],
    missing: [],
    unfit: [],
  });
  await sent.catch(() => undefined);
}

/** The branch declares its submodule by this text; `main2` is the commit before. */
function declare(text: string): void {
  git(world.repo, "branch", "-q", "-f", "main2");
  commit(world.repo, { ".gitmodules": text });
}

attack("a name that leads out of the workspace", {
  guard: "names by rule",
  play: async (guarded) => {
    await fresh();
    declare('[submodule "../../../evil"]\n\tpath = lib\n\turl = ../x\n');
    await push();
    if (!guarded) await sendAs({ gitDir: ".git/modules/../../../evil" });
    return existsSync(world.at("evil", "HEAD"));
  },
});

attack("a name inside of another one's git directory", {
  guard: "names that share a place are left out",
  play: async (guarded) => {
    await fresh();
    git(world.repo, "branch", "-q", "-f", "main2");
    const link = git(world.repo, "rev-parse", "HEAD:lib");
    git(world.repo, "update-index", "--add", "--cacheinfo", `160000,${link},x`);
    const text = '[submodule "lib"]\n\tpath = lib\n[submodule "lib/hooks"]\n\tpath = x\n';
    const [clone, inside] = [join(world.repo, ".git/modules/lib"), join(world.hostHome, "copy")];
    cpSync(clone, inside, { recursive: true });
    rmSync(join(clone, "hooks"), { recursive: true, force: true });
    renameSync(inside, join(clone, "hooks"));
    commit(world.repo, { ".gitmodules": text });
    await push();
    if (!guarded) await sendAs({ gitDir: ".git/modules/lib/hooks", path: "x" });
    return existsSync(inGuest(".git/modules/lib/hooks/objects"));
  },
});

attack("a path that leads out of the workspace", {
  guard: "paths by rule",
  play: async (guarded) => {
    await fresh();
    declare('[submodule "lib"]\n\tpath = ../evil\n\turl = ../x\n');
    await push();
    if (!guarded) await sendAs({ path: "../evil" });
    return existsSync(world.at("evil", ".git"));
  },
});

attack("a link in the workspace where a submodule's files would come", {
  guard: "no link is followed",
  play: async (guarded) => {
    await fresh();
    git(world.repo, "mv", "lib", "libs");
    git(world.repo, "rm", "-q", "--cached", "libs");
    mkdirSync(join(world.repo, "deep"));
    renameSync(join(world.repo, "libs"), join(world.repo, "deep/lib"));
    const link = git(world.repo, "rev-parse", "HEAD:lib");
    git(world.repo, "update-index", "--add", "--cacheinfo", `160000,${link},deep/lib`);
    commit(world.repo, { ".gitmodules": '[submodule "lib"]\n\tpath = deep/lib\n\turl = ../x\n' });
    await push();
    const outside = join(world.guestHome, "outside");
    mkdirSync(join(outside, "lib"), { recursive: true });
    rmSync(inGuest("deep"), { recursive: true });
    symlinkSync(outside, inGuest("deep"));
    await push();
    if (!guarded) await settleWithout('linked "$path" || linked "$git_dir" || ', "deep/lib");
    return readdirSync(join(outside, "lib")).length > 0;
  },
});

async function settleWithout(guard: string, path: string): Promise<void> {
  const one = SETTLE_ONE.replace(guard, "");
  if (one === SETTLE_ONE) throw new Error("there is no such guard");
  const gitDir = ".git/modules/lib";
  const oid = git(inGuest(gitDir), "rev-parse", "HEAD");
  const record = ["make", gitDir, path, wayToGitDir(path, gitDir), wayToFiles(path, gitDir)];
  const data = nulSeparated([...record, oid, oid, "", "lib", ".git"], "utf8");
  await callGuest(world.ctx, await world.ctx.target(), {
    text: SETTLE,
    args: [one, "shop-work"],
    data,
  });
}

attack("a link on the host that makes another repository a submodule", {
  guard: "clones are looked for without links, and below modules/ alone",
  play: async (guarded) => {
    await fresh();
    const secret = createRepository(join(world.hostHome, "private", "notes"));
    const oid = commit(secret, { "notes.txt": "private\n" });
    git(world.repo, "branch", "-q", "-f", "main2");
    git(world.repo, "update-index", "--add", "--cacheinfo", `160000,${oid},way/notes`);
    const more = '[submodule "lib"]\n\tpath = lib\n[submodule "notes"]\n\tpath = way/notes\n\turl = ../x\n';
    commit(world.repo, { ".gitmodules": more });
    symlinkSync(join(world.hostHome, "private"), join(world.repo, "way"));
    symlinkSync(join(secret, ".git"), join(world.repo, ".git/modules/notes"));
    await push();
    const gitDir = namedSubmodule(join(secret, ".git"));
    const clone = { gitDir, gitDirs: [gitDir], worktree: undefined };
    if (!guarded)
      await sendAs({ name: "notes", gitDir: ".git/modules/notes", path: "way/notes", oid, clone });
    return existsSync(inGuest("way/notes/notes.txt"));
  },
});

attack("a file .git on the host that names another repository", {
  guard: "a submodule's git directory lies below modules/ of its own repository",
  play: async (guarded) => {
    await fresh();
    const secret = createRepository(join(world.hostHome, "private"));
    const oid = commit(secret, { "notes.txt": "private\n" });
    git(world.repo, "branch", "-q", "-f", "main2");
    git(world.repo, "worktree", "prune");
    git(secret, "worktree", "add", "-q", "--detach", join(world.repo, "notes"));
    git(world.repo, "update-index", "--add", "--cacheinfo", `160000,${oid},notes`);
    const more = '[submodule "lib"]\n\tpath = lib\n[submodule "notes"]\n\tpath = notes\n\turl = ../x\n';
    commit(world.repo, { ".gitmodules": more });
    await push();
    const gitDir = namedSubmodule(git(join(world.repo, "notes"), "rev-parse", "--absolute-git-dir"));
    const clone = { gitDir, gitDirs: [gitDir], worktree: undefined };
    if (!guarded) await sendAs({ name: "notes", gitDir: ".git/modules/notes", path: "notes", oid, clone });
    return existsSync(inGuest("notes/notes.txt"));
  },
});

attack("a submodule at the path of another one, with a commit of that", {
  guard: "a submodule's commits are taken from its own clone alone",
  play: async (guarded) => {
    await fresh();
    const secret = createRepository(join(world.hostHome, "secret"));
    const oid = commit(secret, { "notes.txt": "private\n" });
    git(world.repo, "checkout", "-q", "-b", "inner");
    git(
      world.repo,
      "-c",
      "protocol.file.allow=always",
      "submodule",
      "--quiet",
      "add",
      "--",
      secret,
      "secret",
    );
    git(world.repo, "commit", "-q", "-m", "of another branch");
    // The branch without the files: what is checked out stays.
    git(world.repo, "symbolic-ref", "HEAD", "refs/heads/work");
    git(world.repo, "branch", "-q", "-f", "main2");
    const text = '[submodule "lib"]\n\tpath = secret\n\turl = ../x\n';
    commit(world.repo, { ".gitmodules": text });
    await push();
    const gitDir = namedSubmodule(join(world.repo, ".git/modules/secret"));
    const clone = { gitDir, gitDirs: [gitDir], worktree: undefined };
    if (!guarded) await sendAs({ path: "secret", oid, clone });
    return existsSync(inGuest("secret/notes.txt"));
  },
});

attack("a commit of another submodule in the place of a submodule's own", {
  guard: "a submodule's commits are taken from its own clone alone",
  play: async (guarded) => {
    await fresh();
    const secret = createRepository(join(world.hostHome, "secret"));
    const oid = commit(secret, { "notes.txt": "private\n" });
    git(world.repo, "-c", "protocol.file.allow=always", "clone", "-q", secret, ".git/modules/secret");
    git(world.repo, "branch", "-q", "-f", "main2");
    git(world.repo, "update-index", "--cacheinfo", `160000,${oid},lib`);
    git(world.repo, "commit", "-q", "-m", "a commit of another");
    await push();
    const gitDir = namedSubmodule(join(world.repo, ".git/modules/secret/.git"));
    const clone = { gitDir, gitDirs: [gitDir], worktree: undefined };
    if (!guarded) await sendAs({ oid, clone });
    return existsSync(inGuest("lib/notes.txt"));
  },
});

attack("a .gitmodules whose address and included file are programs", {
  guard: "git's own submodule commands are never run on the host",
  play: async (guarded) => {
    await fresh();
    // Spaces end a word of such an address.
    const [program, trace] = [join(world.guestHome, "program.sh"), join(world.guestHome, "fired")];
    writeFileSync(program, `#!/bin/sh\n: >${trace}\n`, { mode: 0o755 });
    appendFileSync(join(world.hostHome, ".gitconfig"), '[protocol "ext"]\n\tallow = always\n');
    declare(
      [
        '[submodule "lib"]\n\tpath = lib\n\turl = ../x\n',
        '[submodule "new"]\n\tpath = new\n',
        `\turl = "ext::${program} %S"\n`,
        `[include]\n\tpath = ${world.hostHome}/.gitconfig\n[core]\n\tfsmonitor = ${program}\n\tsshCommand = ${program}\n`,
        "",
      ].join(""),
    );
    const link = git(world.repo, "rev-parse", "HEAD:lib");
    git(world.repo, "update-index", "--add", "--cacheinfo", `160000,${link},new`);
    git(world.repo, "commit", "-q", "-m", "new");
    await push();
    if (!guarded) {
      try {
        git(world.repo, "-c", "protocol.ext.allow=always", "submodule", "update", "--init", "new");
      } catch {
        // It got nothing from the program; that it was run is what counts.
      }
    }
    return existsSync(trace);
  },
});
