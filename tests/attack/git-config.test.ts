// Repositories in the mount whose git configuration runs a program: the user's git is called there, as prompts and
// editors do, and must run nothing.
import { chmodSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";
import type { GuardRules } from "../../src/guard/sftp/rules.ts";
import { git } from "../integration/guest.ts";
import { attack } from "./attacks.ts";
import { changed, createHost, type Host, removeBuilt, type Trick, UID } from "./host.ts";

afterAll(removeBuilt);

interface Vector {
  name: string;
  /** Settings of the repository: what runs is the canary. */
  config?: (run: string) => [string, string][];
  plant?: (repository: string, script: string) => void;
  /** The user's command, in the repository. */
  command?: string;
}

const hook = (directory: string, name: string, script: string) => {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, name), script);
  chmodSync(join(directory, name), 0o755);
};

const VECTORS: Vector[] = [
  { name: "core.fsmonitor", config: (run) => [["core.fsmonitor", `${run}; false`]] },
  {
    name: "include.path",
    plant: (repository, script) => {
      const run = script.split("\n")[1] ?? "";
      writeFileSync(join(repository, "more"), `[core]\n\tfsmonitor = "${run}; false"\n`);
      git(repository, "config", "include.path", "../more");
    },
  },
  {
    name: "a hook in .git/hooks",
    plant: (repository, script) => hook(join(repository, ".git/hooks"), "post-index-change", script),
    command: "touch a.txt; git status",
  },
  {
    name: "core.hooksPath",
    config: () => [["core.hooksPath", "tools"]],
    plant: (repository, script) => hook(join(repository, "tools"), "post-index-change", script),
    command: "touch a.txt; git status",
  },
  {
    name: "filter.clean",
    config: (run) => [["filter.x.clean", `${run}; cat`]],
    plant: (repository) => {
      writeFileSync(join(repository, ".gitattributes"), "* filter=x\n");
      // As long as before: only a look inside tells that it was changed.
      writeFileSync(join(repository, "a.txt"), "2\n");
    },
  },
  { name: "diff.external", config: (run) => [["diff.external", `${run}; :`]], command: "git diff" },
  {
    name: "textconv",
    config: (run) => [["diff.x.textconv", `${run}; cat`]],
    plant: (repository) => writeFileSync(join(repository, ".gitattributes"), "* diff=x\n"),
    command: "git diff",
  },
  {
    name: "core.pager",
    config: (run) => [["core.pager", `${run}; cat`]],
    command: "script -qec 'git log -1' /dev/null",
  },
  { name: "an alias", config: (run) => [["alias.st", `!${run}`]], command: "git st" },
  {
    name: "core.sshCommand",
    config: (run) => [
      ["core.sshCommand", `${run}; false`],
      ["remote.origin.url", "ssh://nowhere.invalid/x"],
    ],
    command: "git fetch",
  },
  {
    name: "a remote's uploadpack",
    config: (run) => [
      ["remote.origin.url", "."],
      ["remote.origin.uploadpack", `${run}; false`],
    ],
    command: "git fetch origin",
  },
  {
    name: "credential.helper",
    config: (run) => [
      ["credential.helper", `!${run}`],
      ["remote.origin.url", "https://127.0.0.1:1/x"],
    ],
    command: "echo url=https://x.invalid | git credential fill",
  },
  {
    name: "a bare repository",
    config: (run) => [["core.fsmonitor", `${run}; false`]],
    plant: (repository) => {
      renameSync(join(repository, ".git"), join(repository, "bare"));
      git(repository, "--git-dir", "bare", "config", "core.worktree", "..");
      git(repository, "--git-dir", "bare", "config", "core.bare", "false");
    },
    command: "cd bare && git status",
  },
  {
    name: "a .git file that names another directory",
    config: (run) => [["core.fsmonitor", `${run}; false`]],
    plant: (repository) => {
      renameSync(join(repository, ".git"), join(dirname(repository), "elsewhere"));
      writeFileSync(join(repository, ".git"), "gitdir: ../elsewhere\n");
      git(dirname(repository), "--git-dir", "elsewhere", "config", "core.worktree", "../repo");
    },
  },
];

function plant({ workspace, canary }: Host, { config, plant: more }: Vector): void {
  const repository = join(workspace, "repo");
  git(workspace, "init", "-q", repository);
  writeFileSync(join(repository, "a.txt"), "1\n");
  git(repository, "add", "a.txt");
  git(repository, "commit", "-q", "-m", "first");
  writeFileSync(join(repository, "a.txt"), "changed\n");
  const run = `touch ${canary}`;
  for (const [key, value] of config?.(run) ?? []) git(repository, "config", key, value);
  more?.(repository, `#!/bin/sh\n${run}\n`);
}

interface Setting {
  trick?: Trick;
  /** Of the user's own git configuration. */
  user?: string;
  /** Settings of `mount.git` in each of which the attack must fail. */
  modes: readonly GuardRules["git"][];
  plain(host: Host): Promise<void>;
}

async function fires(vector: Vector, { trick, user = "" }: Setting, mount: Mounting): Promise<boolean> {
  const host = await createHost(trick, mount.settings);
  try {
    plant(host, vector);
    writeFileSync(join(host.home, ".gitconfig"), user);
    await mount.by(host);
    host.does(`cd "$view/repo" && { ${vector.command ?? "git status"}; }`);
    return host.fired();
  } finally {
    await host.remove();
  }
}

interface Mounting {
  settings?: Record<string, unknown>;
  by(host: Host): Promise<void>;
}

const play =
  (vector: Vector, setting: Setting) =>
  async (guarded: boolean): Promise<boolean> => {
    if (!guarded) return fires(vector, setting, { by: setting.plain });
    let fired = false;
    for (const git of setting.modes) {
      const one = await fires(vector, setting, { settings: { git }, by: (host) => host.mount() });
      if (one) console.log(`mount.git: ${git} does not stop ${vector.name}`);
      fired ||= one;
    }
    return fired;
  };

const ALL = ["hidden", "read-only", "visible"] as const;
const asOwner = changed(["uid", "gid", "noexec"], ["idmap=user"]);
const withoutGuard = changed(["noexec"]);

for (const vector of VECTORS) {
  attack(vector.name, {
    guard: "a stranger's files",
    play: play(vector, { modes: ALL, plain: (host) => host.mountPlain(asOwner) }),
  });
}

const TRUSTING = "[safe]\n\tdirectory = *\n";
for (const vector of VECTORS.filter(({ name }) =>
  ["core.fsmonitor", "an alias", "filter.clean"].includes(name),
)) {
  attack(`${vector.name}, for a user who trusts every directory`, {
    guard: ".git is hidden",
    play: play(vector, { modes: ["hidden"], user: TRUSTING, plain: (host) => host.mountPlain(withoutGuard) }),
  });
}

attack("a server that says the files are the user's", {
  guard: "a stranger's files",
  play: play(VECTORS[0] as Vector, {
    trick: { trick: "owner", uid: UID },
    modes: ALL,
    plain: (host) => host.mountPlain(changed(["uid", "gid"])),
  }),
});
