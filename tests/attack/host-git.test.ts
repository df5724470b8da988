// What a host's git configuration, hooks and environment would run: git run by hand runs it, the tool's own calls of git
// do not. All of it is planted at once, each with a canary of its own, and played against every command.
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { query } from "../../src/adapters/git.ts";
import { EXIT } from "../../src/errors.ts";
import { run } from "../../src/io/run.ts";
import { commit, createRepository, git, write } from "../integration/guest.ts";
import { runCommand } from "../model/command.ts";
import { attack, printTable } from "./attacks.ts";
import { createField, type Field, type Ground } from "./git-host.ts";

printTable();

interface Snare {
  /** What makes the canary: a command of a shell, and a program without arguments of its own. */
  run: string;
  program: string;
  /** A path that is the trap's alone. */
  path: string;
}

interface Trap {
  name: string;
  guard: string;
  /** Two that plant the same program share its canary. */
  id?: string;
  /** Of the repository's configuration, or with `global` the user's. */
  config?: (snare: Snare) => [key: string, value: string][];
  global?: true;
  plant?: (repo: string, snare: Snare) => void;
  /** Variables of the caller. */
  env?: (snare: Snare) => Record<string, string>;
  /** What springs it by hand. */
  command: string;
}

const NOWHERE = "ssh://127.0.0.1:1/x";
const HOOKS = ["pre-push", "reference-transaction", "post-index-change", "post-checkout", "post-merge"];
const MORE_HOOKS = ["pre-commit", "commit-msg", "post-commit", "post-rewrite", "pre-auto-gc", "post-update"];

const attributes = (repo: string) => {
  mkdirSync(join(repo, ".git/info"), { recursive: true });
  writeFileSync(join(repo, ".git/info/attributes"), "*.txt diff=x merge=x\n");
};
const executable = (path: string, run: string) => writeFileSync(path, `#!/bin/sh\n${run}\n`, { mode: 0o755 });

const TRAPS: Trap[] = [
  {
    name: "hooks in .git/hooks",
    guard: "core.hooksPath",
    plant: (repo, { run }) => {
      mkdirSync(join(repo, ".git/hooks"), { recursive: true });
      for (const hook of [...HOOKS, ...MORE_HOOKS]) executable(join(repo, ".git/hooks", hook), run);
    },
    command: "git commit -q --allow-empty -m x",
  },
  {
    name: "core.fsmonitor",
    guard: "core.fsmonitor",
    config: ({ run }) => [["core.fsmonitor", `${run}; false`]],
    command: "git status",
  },
  {
    name: "diff.external",
    guard: "--no-ext-diff",
    config: ({ run }) => [["diff.external", `${run}; :`]],
    command: "git diff",
  },
  {
    name: "a diff driver",
    guard: "--no-ext-diff",
    config: ({ run }) => [["diff.x.command", `${run}; :`]],
    plant: attributes,
    command: "git diff",
  },
  {
    name: "textconv",
    guard: "--no-textconv",
    config: ({ run }) => [["diff.x.textconv", `${run}; cat`]],
    plant: attributes,
    command: "git diff",
  },
  {
    name: "core.pager",
    guard: "--no-pager",
    config: ({ run }) => [["core.pager", `${run}; cat`]],
    command: "script -qec 'git log -1' /dev/null",
  },
  {
    name: "aliases",
    guard: "git's own commands alone",
    config: ({ run }) => ["st", "fetch", "log"].map((name) => [`alias.${name}`, `!${run}`]),
    command: "git st",
  },
  {
    name: "core.sshCommand",
    guard: "GIT_SSH_COMMAND",
    config: ({ run }) => [["core.sshCommand", `${run}; false`]],
    command: `git fetch ${NOWHERE}`,
  },
  {
    name: "a remote's uploadpack and receivepack",
    guard: "no remote is named",
    config: ({ run }) => [
      ["remote.origin.url", "."],
      ["remote.origin.uploadpack", `${run}; false`],
      ["remote.origin.receivepack", `${run}; false`],
    ],
    command: "git fetch origin",
  },
  {
    name: "an address that is rewritten to a program",
    guard: "the address stands for itself",
    config: ({ run }) => [
      ["protocol.ext.allow", "always"],
      [`url.ext::${run} .insteadOf`, "ssh://"],
      [`url.ext::${run} .pushInsteadOf`, "ssh://"],
    ],
    command: `git fetch ${NOWHERE}`,
  },
  {
    name: "core.gitProxy",
    guard: "GIT_ALLOW_PROTOCOL",
    config: ({ program }) => [["core.gitProxy", program]],
    command: "git fetch git://127.0.0.1:1/x",
  },
  {
    name: "credential.helper",
    guard: "credential.helper",
    config: ({ run }) => [["credential.helper", `!${run}`]],
    command: "echo url=https://x.invalid | git credential fill",
  },
  {
    name: "gpg.program, for signatures that a log shows",
    guard: "log.showSignature",
    id: "gpg",
    config: ({ program }) => [
      ["log.showSignature", "true"],
      ["gpg.program", program],
    ],
    command: "git log -2",
  },
  {
    name: "gpg.program, for commits that are signed",
    guard: "--no-gpg-sign",
    id: "gpg",
    config: ({ program }) => [
      ["commit.gpgSign", "true"],
      ["gpg.program", program],
    ],
    command: "git commit -q --allow-empty -m x",
  },
  {
    name: "core.alternateRefsCommand",
    guard: "core.alternateRefsCommand",
    config: ({ run }) => [["core.alternateRefsCommand", `${run};`]],
    plant: (repo, { path }) => {
      const other = createRepository(`${path}.other`);
      appendFileSync(join(repo, ".git/objects/info/alternates"), `${other}/.git/objects\n`);
      const more = createRepository(`${path}.more`);
      commit(more, { "more.txt": "1\n" });
    },
    command: 'git fetch -q "$path.more" main',
  },
  {
    name: "uploadpack.packObjectsHook",
    guard: "uploadpack.packObjectsHook",
    global: true,
    config: ({ run }) => [["uploadpack.packObjectsHook", `${run};`]],
    command: "git clone -q --no-local . ../clone",
  },
  {
    name: "core.editor and sequence.editor",
    guard: "no editor is asked",
    config: ({ run }) => [
      ["core.editor", `${run};`],
      ["sequence.editor", `${run};`],
    ],
    command: "git commit -q --allow-empty",
  },
  {
    name: "a merge driver",
    guard: "drivers are replaced",
    config: ({ run }) => [["merge.x.driver", `${run}; false`]],
    plant: attributes,
    command: "git checkout -q both.txt; git merge other",
  },
  {
    name: "init.templateDir",
    guard: "--template=",
    global: true,
    config: ({ path }) => [["init.templateDir", `${path}.template`]],
    plant: (_repo, { path, run }) => {
      mkdirSync(`${path}.template/hooks`, { recursive: true });
      for (const hook of HOOKS) executable(`${path}.template/hooks/${hook}`, run);
    },
    command: "git init -q ../new && cd ../new && git commit -q --allow-empty -m x",
  },
  ...Object.entries({
    GIT_EXTERNAL_DIFF: "git diff",
    GIT_SSH_COMMAND: `git fetch ${NOWHERE}`,
    GIT_EDITOR: "git commit -q --allow-empty",
    GIT_PAGER: "script -qec 'git log -1' /dev/null",
    GIT_ASKPASS: "echo url=https://x.invalid | git credential fill",
    GIT_PROXY_COMMAND: "git fetch git://127.0.0.1:1/x",
  }).map(
    ([variable, command]): Trap => ({
      name: `${variable} of the caller`,
      guard: "an environment of our own",
      env: ({ program }) => ({ [variable]: program }),
      command,
    }),
  ),
  {
    name: "GIT_CONFIG_COUNT of the caller",
    guard: "an environment of our own",
    env: ({ run }) => ({
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "core.fsmonitor",
      GIT_CONFIG_VALUE_0: `${run}; false`,
    }),
    command: "git status",
  },
  {
    name: "GIT_DIR of the caller",
    guard: "an environment of our own",
    env: ({ path }) => ({ GIT_DIR: `${path}.elsewhere` }),
    plant: (_repo, { path, run }) => {
      spawnSync("git", ["init", "-q", "--bare", `${path}.elsewhere`]);
      git(`${path}.elsewhere`, "config", "core.bare", "false");
      git(`${path}.elsewhere`, "config", "core.fsmonitor", `${run}; false`);
    },
    command: "git status",
  },
];

const snareOf = (place: string, trap: Trap): Snare => {
  const path = join(place, trap.id ?? `trap${TRAPS.indexOf(trap)}`);
  return { path, run: `touch ${path}.fired`, program: `${path}.sh` };
};
const fired = (place: string, trap: Trap) => existsSync(`${snareOf(place, trap).path}.fired`);

/** Gives the variables that go with it. */
function set(where: { repo: string; home: string; place: string }, trap: Trap): Record<string, string> {
  const { repo, home, place } = where;
  const { config, global, plant, env } = trap;
  const snare = snareOf(place, trap);
  executable(snare.program, snare.run);
  plant?.(repo, snare);
  const file = global ? join(home, ".gitconfig") : join(repo, ".git/config");
  for (const [key, value] of config?.(snare) ?? []) git("/", "config", "--file", file, "--add", key, value);
  return env?.(snare) ?? {};
}

const SIGNED = (tree: string, parent: string) => `tree ${tree}
parent ${parent}
author A <a@example.org> 1700000000 +0000
committer A <a@example.org> 1700000000 +0000
gpgsig -----BEGIN PGP SIGNATURE-----
 
 x
 -----END PGP SIGNATURE-----

signed
`;

/** A file to quarrel over, and a signed commit. */
function fill(repo: string): void {
  commit(repo, { "both.txt": "1\n2\n3\n" });
  const [tree, parent] = [git(repo, "rev-parse", "HEAD^{tree}"), git(repo, "rev-parse", "HEAD")];
  const { stdout } = spawnSync("git", ["-C", repo, "hash-object", "-t", "commit", "-w", "--stdin"], {
    input: SIGNED(tree, parent),
    encoding: "utf8",
  });
  git(repo, "reset", "-q", "--hard", stdout.trim());
}

/** A commit that no branch has. */
function aside(repo: string, files: Record<string, string>): string {
  const oid = commit(repo, files);
  git(repo, "reset", "-q", "--hard", "HEAD~1");
  return oid;
}

/** The trap alone, and the command that people type. */
function byHand(trap: Trap): boolean {
  const place = realpathSync(mkdtempSync(join(tmpdir(), "trap-")));
  try {
    const repo = createRepository(join(place, "repo"));
    fill(repo);
    git(repo, "branch", "other", aside(repo, { "both.txt": "1\n2\ntheirs\n" }));
    commit(repo, { "both.txt": "1\n2\nmine\n" });
    write(repo, "both.txt", "changed\n");
    writeFileSync(join(place, ".gitconfig"), "[user]\n\tname = A\n\temail = a@example.org\n");
    const env = set({ repo, home: place, place }, trap);
    const base = { PATH: process.env["PATH"], HOME: place, LC_ALL: "C", GIT_SSH_VARIANT: "ssh" };
    spawnSync("sh", ["-c", trap.command], {
      cwd: repo,
      timeout: 10_000,
      env: { ...base, path: snareOf(place, trap).path, ...env },
    });
    return fired(place, trap);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

let field: Field;
let ground: Ground;
let place: string;
/** Of git, on the host. */
const calls: { argv: readonly string[]; env: Readonly<Record<string, string | undefined>> }[] = [];

/** Every command that calls git on the host, with all traps set; each must do its work. */
async function ourCommands(): Promise<void> {
  const { repo, home, at, ctx: plain } = ground;
  fill(repo);
  git(repo, "checkout", "-q", "-b", "side");
  const clash = aside(repo, { "both.txt": "1\n2\nmine\n" });
  const apart = aside(repo, { "mine.txt": "1\n" });
  git(repo, "checkout", "-q", "work");
  const variables = TRAPS.map((trap) => set({ repo, home, place }, trap));
  const watched: typeof run = (argv, options) => {
    if (argv.includes("git")) calls.push({ argv, env: options?.env ?? process.env });
    return run(argv, options);
  };
  const ctx = { ...plain, run: watched, env: Object.assign({}, plain.env, ...variables) };
  const does = async (line: string, exit = 0) => {
    const outcome = await runCommand(ctx, line.split(" "));
    expect([line, outcome.exit, exit === 0 ? outcome.text : []]).toEqual([line, exit, []]);
  };
  const hostHas = (branch: string, oid: string) =>
    writeFileSync(join(repo, ".git/refs/heads", branch), `${oid}\n`);
  await does("push work");
  await does("status");
  commit(at, { "a.txt": "1\n" });
  await does("diff work");
  await does("log work");
  await does("fetch work");
  await does("scan work");
  await does("push side");
  const inSide = at.replace(/work$/, "side");
  commit(inSide, { "both.txt": "1\n2\ntheirs\n" });
  hostHas("side", clash);
  await does("fetch side --merge", EXIT.refused);
  hostHas("side", apart);
  await does("fetch side --rebase host");
  commit(inSide, { "b.txt": "1\n" });
  await does("fetch side --merge");
  commit(inSide, { "c.txt": "1\n" });
  await does("clean side");
  await does("restore side");
}

beforeAll(async () => {
  place = realpathSync(mkdtempSync(join(tmpdir(), "traps-")));
  field = await createField();
  ground = await field.lay();
  await ourCommands();
}, 120_000);
afterAll(async () => {
  await field.remove();
  rmSync(place, { recursive: true, force: true });
});

test("every call of git has the pins, and no variable of the caller's", () => {
  expect(calls.length).toBeGreaterThan(50);
  for (const { argv, env } of calls) {
    for (const pin of ["core.hooksPath=/dev/null", "core.fsmonitor=false", "credential.helper="])
      expect(argv).toContain(pin);
    expect(["ssh", "file", "none"]).toContain(env["GIT_ALLOW_PROTOCOL"]);
    expect(env["GIT_ASKPASS"]).toBe("/bin/false");
    for (const name of ["GIT_DIR", "GIT_EXTERNAL_DIFF", "GIT_EDITOR", "GIT_PAGER", "GIT_PROXY_COMMAND"])
      expect(env).not.toHaveProperty(name);
    expect(env["GIT_SSH_COMMAND"] ?? "ssh -F").toMatch(/^ssh -F/);
  }
});

for (const trap of TRAPS) {
  attack(trap.name, {
    guard: trap.guard,
    play: async (guarded) => (guarded ? fired(place, trap) : byHand(trap)),
  });
}

attack("a partial clone whose remote is a program, asked by a plain question", {
  guard: "GIT_ALLOW_PROTOCOL",
  play: async (guarded) => {
    const home = realpathSync(mkdtempSync(join(tmpdir(), "trap-")));
    try {
      const repo = createRepository(join(home, "repo"));
      const canary = join(home, "canary");
      git(repo, "config", "extensions.partialClone", "origin");
      git(repo, "config", "remote.origin.promisor", "true");
      git(repo, "config", "remote.origin.url", `ext::touch ${canary}`);
      git(repo, "config", "protocol.ext.allow", "always");
      const question = ["rev-parse", "--verify", "--quiet", `${withoutTree(repo)}:.gitmodules`];
      const env = { PATH: process.env["PATH"], HOME: home, LC_ALL: "C" };
      const { signal } = new AbortController();
      if (guarded) await query({ run, env, signal }, repo, question).catch(() => undefined);
      else spawnSync("git", ["-C", repo, ...question], { env });
      return existsSync(canary);
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  },
});

/** A commit whose files are not here. */
function withoutTree(repo: string): string {
  const input = SIGNED("1".repeat(40), git(repo, "rev-parse", "HEAD"));
  return spawnSync("git", ["-C", repo, "hash-object", "-t", "commit", "-w", "--literally", "--stdin"], {
    input,
    encoding: "utf8",
  }).stdout.trim();
}
