// What a host's configuration, hooks and environment can have git run: each with the command that springs it by hand.
import { spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commit, createRepository, git } from "../integration/guest.ts";

export interface Snare {
  /** What makes the canary: a command of a shell, and a program without arguments of its own. */
  run: string;
  program: string;
  /** A path that is the trap's alone. */
  path: string;
}

export interface Trap {
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
export const executable = (path: string, run: string) =>
  writeFileSync(path, `#!/bin/sh\n${run}\n`, { mode: 0o755 });

export const TRAPS: Trap[] = [
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
