// A host repository and a guest behind a real sshd: the world in which push, fetch and clean are tested.
import { execFileSync, spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { Context } from "../../src/context.ts";
import { parseVmName, pathsFor } from "../../src/domain/paths.ts";
import { settingsSchema } from "../../src/domain/settings.ts";
import { UserError } from "../../src/errors.ts";
import { run } from "../../src/io/run.ts";
import { createLoopbackSshd } from "./loopback-sshd.ts";

export interface World {
  /** The user's repository on the host, with one commit on `main`. */
  repo: string;
  /** A directory for more repositories. */
  hostHome: string;
  guestHome: string;
  ctx: Context;
  /** Everything that was said, warned and answered. */
  said: string[];
  /** Directory of a workspace in the guest. */
  at(dir: string, ...rest: string[]): string;
  stopGuest(): void;
  startGuest(): Promise<void>;
  remove(): void;
}

const environment = (home: string): Record<string, string> => ({
  PATH: process.env["PATH"] ?? "",
  HOME: home,
  LC_ALL: "C",
});

/** Runs git and gives its output without the last line break. */
export function git(directory: string, ...args: string[]): string {
  const home = join(directory.split("/workspace/")[0] ?? directory);
  const env = {
    ...environment(existsSync(join(home, ".gitconfig")) ? home : (process.env["HOME"] ?? "/")),
    ...IDENTITY,
  };
  return execFileSync("git", ["-C", directory, ...args], {
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  }).replace(/\n$/, "");
}

/** All commits of a test file are of one second when that is asked for, as any two may be by chance. */
const SECOND = `@${Math.floor(Date.now() / 1000)} +0000`;
const ONE_SECOND = process.env["AGENT_VM_TEST_ONE_SECOND"]
  ? { GIT_AUTHOR_DATE: SECOND, GIT_COMMITTER_DATE: SECOND }
  : {};

const IDENTITY = {
  ...ONE_SECOND,
  GIT_AUTHOR_NAME: "A",
  GIT_AUTHOR_EMAIL: "a@example.org",
  GIT_COMMITTER_NAME: "A",
  GIT_COMMITTER_EMAIL: "a@example.org",
};

export function write(directory: string, path: string, text: string): void {
  mkdirSync(dirname(join(directory, path)), { recursive: true });
  writeFileSync(join(directory, path), text);
}

export const read = (directory: string, path: string): string => readFileSync(join(directory, path), "utf8");

/** Writes files, commits everything and gives the commit's id. */
export function commit(directory: string, files: Record<string, string>, subject = "work"): string {
  for (const [path, text] of Object.entries(files)) write(directory, path, text);
  git(directory, "add", "-A", "-f", "--", ...Object.keys(files));
  git(directory, "commit", "-q", "--allow-empty", "-m", subject);
  return git(directory, "rev-parse", "HEAD");
}

export function createRepository(directory: string, ...initArgs: string[]): string {
  mkdirSync(directory, { recursive: true });
  git(directory, "init", "-q", "-b", "main", ...initArgs);
  commit(directory, { "README.md": "hello\n", ".gitignore": ".env\nnode_modules/\nbuild\n" }, "first");
  return realpathSync(directory);
}

/** The error of a command that must be refused. */
export async function refused(work: Promise<unknown>): Promise<UserError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error("it was not refused");
}

export async function createWorld(): Promise<World> {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "av-")));
  const hostHome = join(base, "host home");
  mkdirSync(hostHome);
  const guest = await createLoopbackSshd();
  appendFileSync(
    join(dirname(guest.target.configFile), "sshd_config"),
    `SetEnv HOME=${guest.home}\nMaxSessions 200\n`,
  );
  const sockets = join(base, "cm");
  mkdirSync(sockets, { mode: 0o700 });
  appendFileSync(
    guest.target.configFile,
    `  ControlMaster auto\n  ControlPersist 1m\n  ControlPath ${sockets}/s\n`,
  );
  for (const home of [hostHome, guest.home]) writeFileSync(join(home, ".gitconfig"), GITCONFIG);
  try {
    await guest.start();
  } catch (error) {
    guest.remove();
    rmSync(base, { recursive: true, force: true });
    throw error;
  }
  const repo = createRepository(join(hostHome, "shop"));
  const said: string[] = [];
  const ctx = createContext({ hostHome, repo, said, target: guest.target });
  const closeMaster = () =>
    spawnSync("ssh", ["-F", guest.target.configFile, "-O", "exit", "test-guest"], { stdio: "ignore" });
  return {
    repo,
    hostHome,
    guestHome: guest.home,
    ctx,
    said,
    at: (dir, ...rest) => join(guest.home, "workspace", dir, ...rest),
    stopGuest: () => {
      closeMaster();
      guest.stop();
    },
    startGuest: () => guest.start(),
    remove: () => {
      closeMaster();
      guest.remove();
      spawnSync("chmod", ["-R", "u+rwX", base]);
      rmSync(base, { recursive: true, force: true });
    },
  };
}

const GITCONFIG = "[user]\n\tname = A\n\temail = a@example.org\n[init]\n\tdefaultBranch = main\n";

export interface Parts {
  hostHome: string;
  repo: string;
  said: string[];
  target: Awaited<ReturnType<typeof createLoopbackSshd>>["target"];
}

/** The Context of a command that finds its VM up. */
export function createContext({ hostHome, repo, said, target }: Parts): Context {
  const uid = process.getuid?.() ?? 0;
  const env = environment(hostHome);
  const quiet = () => undefined;
  let looked: Promise<boolean> | undefined;
  const say = (text: string) => {
    said.push(text);
  };
  return {
    cwd: repo,
    env,
    uid,
    paths: pathsFor(parseVmName("agent-vm-test"), { uid, env }),
    platform: "linux",
    arch: "x64",
    programDir: resolve(import.meta.dirname, "../.."),
    self: ["false"],
    settings: settingsSchema.parse({}),
    flags: { yes: true },
    out: {
      answer: say,
      say,
      warn: say,
      detail: quiet,
      step: () => ({ update: quiet, done: quiet, failed: quiet }),
    },
    confirm: { possible: false, ask: async () => false },
    run,
    interactive: false,
    signal: new AbortController().signal,
    afterDashes: undefined,
    commandLine: "agent-vm test",
    target: async () => {
      await looked;
      return target;
    },
    lookForTarget: (ask) => {
      looked = ask?.(target);
    },
  };
}

/** Where the sessions of a guest with this home have their places; FIND_BASE says so. */
export const placesOf = (home: string): string =>
  `/dev/shm/agent-vm-${process.getuid?.()}-${execFileSync("cksum", { input: home, encoding: "utf8" }).split(" ")[0]}`;

/** A program that leaves a trace when anything runs it. */
export function canary(directory: string, name: string): { program: string; fired(): boolean } {
  const trace = join(directory, `${name}.fired`);
  const program = join(directory, `${name}.sh`);
  writeFileSync(program, `#!/bin/sh\necho "$0 $*" >>"${trace}"\ncat\n`);
  chmodSync(program, 0o755);
  return { program, fired: () => existsSync(trace) };
}
