// Names as weapons: of branches and repositories, of VMs and packages, and those that a hostile guest reports. Each is
// first given to the pattern that a plain program would use, over a real sshd.
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, expect } from "vitest";
import { runScript } from "../../src/adapters/ssh.ts";
import { additions } from "../../src/domain/home/additions.ts";
import { loadSettings } from "../../src/domain/load-settings.ts";
import { parseVmName, pathsFor } from "../../src/domain/paths.ts";
import { settingsSchema } from "../../src/domain/settings.ts";
import { fetchBranch } from "../../src/domain/sync/fetch/fetch.ts";
import { fetchSummary } from "../../src/domain/sync/fetch/fetch-text.ts";
import { cleanAll, cleanBranch } from "../../src/domain/sync/save/clean.ts";
import { targetFor } from "../../src/domain/vm/ssh-config.ts";
import type { Status } from "../../src/domain/vm/status.ts";
import { workspaceRows } from "../../src/domain/vm/status-text.ts";
import { describeWorkspaces } from "../../src/domain/workspace/describe.ts";
import { prepareWorkspace } from "../../src/domain/workspace/prepare.ts";
import { UserError } from "../../src/errors.ts";
import { parsed } from "../../src/guard/from-guest.ts";
import { createOutput } from "../../src/io/output.ts";
import { table } from "../../src/io/table.ts";
import { sshArgv, type Target } from "../../src/target.ts";
import { commit, createRepository, createWorld, git, type World } from "../integration/guest.ts";
import { attack } from "./attacks.ts";

let world: World;
let target: Target;
let base: string;
/** What the guest does instead of what it is asked: a piece of shell. */
let lieFile: string;
beforeAll(async () => {
  world = await createWorld();
  target = await world.ctx.target();
  base = dirname(world.hostHome);
  lieFile = join(base, "lie");
  const answer = join(base, "answer");
  writeFileSync(answer, `#!/bin/sh\n[ -f ${lieFile} ] && . ${lieFile}\nexec sh -c "$SSH_ORIGINAL_COMMAND"\n`);
  chmodSync(answer, 0o755);
  world.stopGuest();
  appendFileSync(join(dirname(target.configFile), "sshd_config"), `ForceCommand ${answer}\n`);
  await world.startGuest();
});
afterAll(() => world.remove());

let count = 0;
/** A path that is there when something ran that should not. */
const trace = () => {
  count += 1;
  return join(base, `fired-${count}`);
};

/** A plain program's ssh call: its words are joined, and a shell of the guest reads them. */
const ssh = (...words: string[]) =>
  spawnSync("ssh", ["-F", target.configFile, target.alias, ...words], { encoding: "utf8", input: "" }).stdout;
const inGuest = (...path: string[]) => join(world.guestHome, ...path);
const inRepo = (cwd: string) => ({ ...world.ctx, cwd });

/** The whole life of a workspace, by the product. */
async function life(branch: string): Promise<void> {
  const { dir } = await prepareWorkspace(world.ctx, branch);
  expect(git(world.at(dir), "symbolic-ref", "HEAD")).toBe(`refs/heads/${branch}`);
  await fetchBranch(world.ctx, branch);
  await cleanBranch(world.ctx, branch, true);
  expect(existsSync(world.at(dir))).toBe(false);
}

/** What must be refused as a user's error and not otherwise. */
async function refusedBy(work: () => unknown): Promise<void> {
  let error: unknown;
  try {
    await work();
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(UserError);
}

interface InShell {
  branch(trace: string): string;
  /** The plain program's line. */
  line(branch: string): string;
}

const bare = (branch: string) => `test -d ~/workspace/shop-${branch}`;
const IN_SHELL: Record<string, InShell> = {
  "a branch with a semicolon": { branch: (at) => `x;touch\${IFS}${at};#`, line: bare },
  "a branch with $(…)": { branch: (at) => `x$(touch\${IFS}${at})`, line: bare },
  "a branch with backticks": { branch: (at) => `x\`touch\${IFS}${at}\``, line: bare },
  "a branch with a pipe": { branch: (at) => `x|touch\${IFS}${at}`, line: bare },
  "a branch with an ampersand": { branch: (at) => `x&touch\${IFS}${at}&`, line: bare },
  "a branch that ends single quotes": {
    branch: (at) => `x'$(touch\${IFS}${at})'`,
    line: (branch) => `test -d ~/workspace/'shop-${branch}'`,
  },
  "a branch within double quotes": {
    branch: (at) => `x"$(touch\${IFS}${at})"`,
    line: (branch) => `test -d ~/workspace/"shop-${branch}"`,
  },
};

for (const [name, { branch, line }] of Object.entries(IN_SHELL)) {
  attack(name, {
    guard: "directories by rule, words quoted",
    play: async (guarded) => {
      const fired = trace();
      const hostile = branch(fired);
      // git itself has nothing against it.
      git(world.repo, "check-ref-format", "--branch", hostile);
      if (guarded) await life(hostile);
      else ssh(line(hostile));
      return existsSync(fired);
    },
  });
}

attack("a branch with a line break", {
  guard: "git's rule for branches",
  play: async (guarded) => {
    const fired = trace();
    const hostile = `x\ntouch ${fired}`;
    if (guarded) await refusedBy(() => prepareWorkspace(world.ctx, hostile));
    else ssh(bare(hostile));
    return existsSync(fired);
  },
});

attack("an argument of a remote script", {
  guard: "words quoted in one place",
  play: async (guarded) => {
    const fired = trace();
    const hostile = `x;touch ${fired}`;
    if (guarded) {
      const script = { text: 'printf "%s" "$1"', args: [hostile] };
      const { stdout } = await runScript(world.ctx.run, target, script);
      expect(parsed(stdout, String)).toBe(hostile);
    } else ssh("sh", "-s", "--", hostile);
    return existsSync(fired);
  },
});

attack("a branch that leads out of the workspaces", {
  guard: "git's rule for branches",
  play: async (guarded) => {
    mkdirSync(inGuest("precious"), { recursive: true });
    const hostile = "../precious";
    if (guarded) await refusedBy(() => cleanBranch(world.ctx, hostile, true));
    else ssh(`rm -rf ~/workspace/${hostile}`);
    return !existsSync(inGuest("precious"));
  },
});

attack("a workspace that is a link elsewhere, deleted", {
  guard: "a link is deleted, not followed",
  play: async (guarded) => {
    mkdirSync(inGuest("precious"), { recursive: true });
    writeFileSync(inGuest("precious", "work"), "1");
    const { dir } = await prepareWorkspace(world.ctx, "linked");
    rmSync(world.at(dir), { recursive: true });
    symlinkSync("../precious", world.at(dir));
    if (guarded) await cleanBranch(world.ctx, "linked", true);
    else ssh(`rm -rf ~/workspace/${dir}/`);
    rmSync(world.at(dir), { force: true });
    return !existsSync(inGuest("precious", "work"));
  },
});

attack("a VM with the name of an ssh option", {
  guard: "the rule for VM names",
  play: async (guarded) => {
    const fired = trace();
    const hostile = `-oProxyCommand=touch ${fired}`;
    const open = (name: string) =>
      spawnSync("ssh", ["-F", target.configFile, name, "true"], { input: "", timeout: 10_000 });
    if (!guarded) open(hostile);
    else await refusedBy(() => open(targetFor(pathsFor(parseVmName(hostile), world.ctx)).alias));
    return existsSync(fired);
  },
});

attack("an alias that is an ssh option", {
  guard: '"--" before the host',
  play: async (guarded) => {
    const fired = trace();
    const hostile = { ...target, alias: `-oProxyCommand=touch ${fired}` };
    const argv = sshArgv(hostile, ["true"]);
    const { code } = await world.ctx.run(guarded ? argv : argv.filter((word) => word !== "--"), {
      ok: "any",
      timeout: 10_000,
    });
    expect(code).not.toBe(0);
    return existsSync(fired);
  },
});

attack("a VM whose name is a path", {
  guard: "the rule for VM names",
  play: async (guarded) => {
    const state = join(base, "state", "vm");
    const hostile = "../../out-of-state";
    const make = (name: string) => mkdirSync(join(state, name), { recursive: true });
    if (guarded) await refusedBy(() => make(pathsFor(parseVmName(hostile), world.ctx).vm));
    else make(hostile);
    const fired = existsSync(join(base, "out-of-state"));
    rmSync(join(base, "out-of-state"), { recursive: true, force: true });
    return fired;
  },
});

attack("a branch that is an option of git's", {
  guard: "full references, and no dash at the beginning",
  play: async (guarded) => {
    const fired = trace();
    const hostile = `--upload-pack=touch ${fired};git-upload-pack`;
    if (guarded) await refusedBy(() => fetchBranch(world.ctx, hostile));
    else spawnSync("git", ["-C", world.repo, "fetch", world.repo, hostile]);
    return existsSync(fired);
  },
});

attack("a branch that means another one", {
  guard: "a name that git reads as itself alone",
  play: async (guarded) => {
    git(world.repo, "branch", "-f", "other");
    git(world.repo, "checkout", "-q", "other");
    git(world.repo, "checkout", "-q", "main");
    const hostile = "@{-1}";
    if (guarded) await refusedBy(() => prepareWorkspace(world.ctx, hostile));
    else {
      git(world.repo, "check-ref-format", "--branch", hostile);
      git(world.repo, "branch", "-D", hostile);
    }
    return git(world.repo, "for-each-ref", "refs/heads/other") === "";
  },
});

interface Two {
  pairs: [repo: string, branch: string][];
  /** Where a plain program would have the workspace. */
  plain(repo: string, branch: string): string;
  /** What the file system makes of a name. */
  folded?(name: string): string;
}

const dashed = (repo: string, branch: string) => `${repo}-${branch.replaceAll("/", "-")}`;
const COLLISIONS: Record<string, Two> = {
  "feature/a and feature-a": {
    pairs: [
      ["shop", "feature/a"],
      ["shop", "feature-a"],
    ],
    plain: dashed,
  },
  "a-b of proj and b of proj-a": {
    pairs: [
      ["proj", "a-b"],
      ["proj-a", "b"],
    ],
    plain: dashed,
  },
  "two cases of one name, where the file system has none": {
    pairs: [
      ["shop", "Case-A"],
      ["shop", "case-a"],
    ],
    plain: dashed,
    folded: (name) => name.toLowerCase(),
  },
  "é in one and in two characters, where the file system has one": {
    pairs: [
      ["shop", "caf\u00e9"],
      ["shop", "cafe\u0301"],
    ],
    plain: dashed,
    folded: (name) => name.normalize("NFC"),
  },
};

for (const [name, { pairs, plain, folded = (same: string) => same }] of Object.entries(COLLISIONS)) {
  attack(name, {
    guard: "a directory is one pair's alone",
    play: async (guarded) => {
      const dirs: string[] = [];
      for (const [repo, branch] of pairs) {
        const directory = join(world.hostHome, repo);
        if (!existsSync(directory)) createRepository(directory);
        const prepared = guarded ? (await prepareWorkspace(inRepo(directory), branch)).dir : undefined;
        dirs.push(prepared ?? plain(repo, branch));
      }
      // The second one's work is written where the first one's is.
      const place = (dir: string) => inGuest("places", guarded ? "on" : "off", folded(dir));
      for (const [index, dir] of dirs.entries()) {
        mkdirSync(place(dir), { recursive: true });
        writeFileSync(join(place(dir), "work"), `${index}`);
      }
      return readFileSync(join(place(dirs[0] ?? ""), "work"), "utf8") !== "0";
    },
  });
}

attack("x.git beside x, which is gone", {
  guard: "no directory of ours ends in .git",
  play: async (guarded) => {
    const { dir } = await prepareWorkspace(world.ctx, "x");
    const made = guarded ? (await prepareWorkspace(world.ctx, "x.git")).dir : `${dir}.git`;
    if (!guarded) git(world.guestHome, "clone", "-q", world.at(dir), world.at(made));
    // Both plays may fall in one second: with equal contents their commits would have one id.
    const foreign = commit(world.at(made), { "foreign.txt": guarded ? "on" : "off" });
    git(world.at(made), "update-ref", "refs/heads/x", "HEAD");
    rmSync(world.at(dir), { recursive: true });
    if (guarded) await refusedBy(() => fetchBranch(world.ctx, "x"));
    else {
      const url = `ssh://${target.alias}/~/workspace/${dir}`;
      const env = { ...process.env, GIT_SSH_COMMAND: `ssh -F ${target.configFile}` };
      spawnSync("git", ["-C", world.repo, "fetch", "-q", url, "+refs/heads/x:refs/heads/x"], { env });
    }
    const fired = git(world.repo, "rev-parse", "x") === foreign;
    rmSync(world.at(made), { recursive: true });
    return fired;
  },
});

attack("a directory in the guest's listing, in a shell", {
  guard: "only what the host's map names is touched",
  play: async (guarded) => {
    const fired = trace();
    const hostile = "x;cd ..;touch fired-in-guest;#";
    mkdirSync(world.at(hostile), { recursive: true });
    if (guarded) {
      await describeWorkspaces(world.ctx, target);
      await cleanAll(world.ctx, true);
      expect(existsSync(world.at(hostile))).toBe(true);
    } else {
      for (const name of ssh("ls ~/workspace").split("\n").filter(Boolean))
        ssh(`cd ~/workspace && test -d ${name}`);
    }
    rmSync(world.at(hostile), { recursive: true });
    const trail = [fired, inGuest("fired-in-guest")].filter((path) => existsSync(path));
    for (const path of trail) rmSync(path);
    return trail.length > 0;
  },
});

attack("a listing with a way out to the host's files", {
  guard: "only what the host's map names is touched",
  play: async (guarded) => {
    const view = join(world.hostHome, "mounts", "workspace");
    const precious = join(world.hostHome, "precious");
    for (const path of [view, precious, inGuest("precious")]) mkdirSync(path, { recursive: true });
    const name = "../../precious";
    writeFileSync(
      lieFile,
      [
        'case $SSH_ORIGINAL_COMMAND in "ls "*) echo ../../precious; exit;; *=here*) here="=here\\0";; esac',
        "case $SSH_ORIGINAL_COMMAND in *=observations*)",
        `cat >/dev/null; printf "$here"'n/${name}\\0=observations\\0=facts\\0=end\\0'; exit;; esac`,
      ].join("\n"),
    );
    try {
      if (guarded) {
        const seen = await describeWorkspaces(world.ctx, target);
        expect(seen.map(({ dir, state }) => [dir, state])).toContainEqual([name, "orphan"]);
        await cleanAll(world.ctx, true);
      } else {
        for (const one of ssh("ls ~/workspace").split("\n").filter(Boolean))
          rmSync(join(view, one), { recursive: true, force: true });
      }
    } finally {
      rmSync(lieFile);
    }
    return !existsSync(precious) || !existsSync(inGuest("precious"));
  },
});

attack("a directory in the listing that changes what the screen shows", {
  guard: "what is printed is cleaned",
  play: async (guarded) => {
    const hostile = "shop-\u202etxt.exe\u200b\u001b[2J";
    mkdirSync(world.at(hostile), { recursive: true });
    const stdout = new PassThrough();
    const quiet = { stderr: new PassThrough(), terminal: false, columns: 80, quiet: true, verbose: false };
    if (guarded) {
      const workspaces = await describeWorkspaces(world.ctx, target);
      const { head, rows } = workspaceRows({ workspaces } as unknown as Status);
      createOutput({ stdout, ...quiet }).answer(await table(head, rows));
    } else stdout.write(ssh("ls ~/workspace"));
    rmSync(world.at(hostile), { recursive: true });
    const shown = String(stdout.read());
    expect(shown).toContain("txt.exe");
    return ["\u202e", "\u200b", "\u001b"].some((sign) => shown.includes(sign));
  },
});

attack("a reference of the guest that is an option of git's", {
  guard: "references are kept by their full name, below our own",
  play: async (guarded) => {
    const fired = trace();
    const { dir } = await prepareWorkspace(world.ctx, "refs");
    git(world.at(dir), "update-ref", `refs/heads/--output=${fired}`, "HEAD");
    if (guarded) fetchSummary(await fetchBranch(world.ctx, "refs", { all: true }));
    else {
      const listed = ssh(`git -C ~/workspace/${dir} for-each-ref --format='%(refname:short)' refs/heads`);
      for (const name of listed.split("\n").filter(Boolean))
        spawnSync("git", ["-C", world.repo, "log", name], { stdio: "ignore" });
    }
    await cleanBranch(world.ctx, "refs", true);
    return existsSync(fired);
  },
});

attack("a branch of the guest in a command that the user is shown", {
  guard: "shown commands are quoted, or not shown",
  play: async (guarded) => {
    const fired = trace();
    const { dir } = await prepareWorkspace(world.ctx, "shown");
    const hostile = `a;touch\${IFS}${fired};#`;
    git(world.at(dir), "branch", hostile);
    const text = guarded
      ? fetchSummary(await fetchBranch(world.ctx, "shown", { all: true })).join("\n")
      : `Make it yours: agent-vm fetch shown --from ${hostile}`;
    const commands = text
      .split("\n")
      .flatMap((line) => /agent-vm fetch shown --from .*$/.exec(line)?.[0] ?? []);
    expect(commands.join("\n")).toContain(fired);
    // A user copies it.
    for (const command of commands)
      spawnSync("bash", ["-c", `agent-vm() { :; }\n${command}`], { cwd: world.repo, stdio: "ignore" });
    await cleanBranch(world.ctx, "shown", true);
    return existsSync(fired);
  },
});

attack("a home that turns a url into another host", {
  guard: "urls hold no word of the guest",
  play: async (guarded) => {
    const calls = trace();
    const bin = join(base, "bin");
    mkdirSync(bin, { recursive: true });
    // Notes where git's ssh goes, and goes nowhere.
    writeFileSync(
      join(bin, "ssh"),
      `#!/bin/sh\nfor word; do printf '%s\\n' "$word" >>${calls}; done\nexit 1\n`,
    );
    chmodSync(join(bin, "ssh"), 0o755);
    const env = { ...world.ctx.env, PATH: `${bin}:${process.env["PATH"]}` };
    const { dir } = await prepareWorkspace(world.ctx, "url");
    commit(world.at(dir), { "a.txt": "1" });
    writeFileSync(
      lieFile,
      "case $SSH_ORIGINAL_COMMAND in *'echo $HOME') echo .evil.invalid/x; exit;; esac\n",
    );
    try {
      const home = ssh("echo $HOME").trim();
      if (guarded) {
        await fetchBranch({ ...world.ctx, env }, "url").catch(() => undefined);
      } else {
        const url = `ssh://${target.alias}${home}/workspace/${dir}`;
        spawnSync("git", ["-C", world.repo, "fetch", url], { env: { ...env, HOME: world.hostHome } });
      }
    } finally {
      rmSync(lieFile, { force: true });
    }
    const words = readFileSync(calls, "utf8").split("\n");
    expect(words.some((word) => word.startsWith(target.alias))).toBe(true);
    await cleanBranch(world.ctx, "url", true);
    return words.some((word) => word.includes("evil"));
  },
});

attack("a package with a command in its name", {
  guard: "the package managers' rules for names",
  play: async (guarded) => {
    const fired = trace();
    const hostile = `curl;touch\${IFS}${fired}`;
    const file = join(base, "config.yaml");
    writeFileSync(file, JSON.stringify({ packages: { apt: [hostile] } }));
    const install = (names: readonly string[]) => ssh(`: apt-get install -y ${names.join(" ")}`);
    if (guarded) {
      await refusedBy(async () => install((await loadSettings(file, {}, {})).packages?.apt ?? []));
    } else install([hostile]);
    return existsSync(fired);
  },
});

attack("a place in the agent's home that is outside of it", {
  guard: "places are plain paths below the home",
  play: async (guarded) => {
    const own = join(base, "own");
    writeFileSync(own, "mine");
    const hostile = "../outside";
    const settings = settingsSchema.parse({ home: { files: [`${own} -> ${hostile}`] } });
    const put = (path: string) => writeFileSync(join(world.guestHome, path), "mine");
    if (guarded) {
      await refusedBy(async () => {
        for (const { path } of await additions({ ...world.ctx, settings })) put(path);
      });
    } else put(hostile);
    const fired = existsSync(inGuest(hostile));
    rmSync(inGuest(hostile), { force: true });
    return fired;
  },
});
