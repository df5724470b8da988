// A repository of the host's and its workspace in a guest whose shell and git server lie where a test says so.
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { Context } from "../../src/context.ts";
import { pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import type { RunOptions } from "../../src/io/run.ts";
import { gitSshCommand, gitUrl } from "../../src/target.ts";
import { createContext, createRepository, git } from "../integration/guest.ts";
import { createLoopbackSshd, type LoopbackSshd } from "../integration/loopback-sshd.ts";

/** What the guest's git server does; see hostile-git.mjs. */
export interface GitTrick {
  /** What it offers, names as bytes; without it the workspace's branch alone. */
  refs?: readonly (readonly [oid: string, name: string])[];
  refsWithoutEnd?: true;
  /** Bytes of what never ends, until it does; then it notes that all was taken. */
  upTo?: number;
  /** Said beside the pack, and instead of it. */
  say?: string;
  error?: string;
  pack?: "endless" | "truncated" | "silent";
  /** An address from which a part of the pack is to be got. */
  elsewhere?: string;
}

export interface Ground {
  ctx: Context;
  repo: string;
  /** The workspace's directory in the guest, and its name. */
  at: string;
  ws: string;
  /** The host's home. */
  home: string;
  url: string;
  /** Made by whatever an attack gets to run. */
  canary: string;
  fired(): boolean;
  /** Everything that the product gave its output, progress and errors too. */
  shown: string[];
  serves(trick: GitTrick): void;
  /** The guest's shell says this on standard error of every command. */
  complains(text: string): void;
  /** The guest's shell says this when it is asked for its home. */
  livesAt(home: string): void;
  /** What comes ahead of a fetch of much, in place of what was asked for. */
  gives(bytes: Uint8Array): void;
  /** The hostile server's own note. */
  noted(): boolean;
  /** The user's own git in the repository, with ssh as the product uses it. */
  naive(...args: string[]): SpawnSyncReturns<string>;
  /** The same: true when it had to be ended. */
  hangs(...args: string[]): boolean;
}

export interface Field {
  /** Another repository with a workspace for its branch "work", which is checked out. */
  lay(): Promise<Ground>;
  remove(): Promise<void>;
}

const SERVER = resolve(import.meta.dirname, "hostile-git.mjs");
/** In place of the account's shell: `trick`, `stderr`, `home`, `given` and `large` are files in the guest's home. */
const SHELL = `#!/bin/sh
if [ -e "$HOME/stderr" ]; then cat "$HOME/stderr" >&2; fi
case $SSH_ORIGINAL_COMMAND in
  *upload-pack*) if [ -e "$HOME/trick" ]; then exec '${process.execPath}' '${SERVER}' "$HOME/trick"; fi ;;
  *' give '*) if [ -e "$HOME/large" ]; then cat >"$HOME/asked"; exec cat "$HOME/large"; fi ;;
  *given/making*) if [ -e "$HOME/given" ]; then cat "$HOME/given"; exec cat >/dev/null; fi ;;
  'echo $HOME') if [ -e "$HOME/home" ]; then exec cat "$HOME/home"; fi ;;
esac
exec sh -c "$SSH_ORIGINAL_COMMAND"
`;

export async function createField(): Promise<Field> {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "field-")));
  const guest = await createLoopbackSshd();
  const directory = dirname(guest.target.configFile);
  const shell = join(directory, "shell");
  writeFileSync(shell, SHELL);
  chmodSync(shell, 0o755);
  const config = `SetEnv HOME=${guest.home}\nForceCommand ${shell}\nMaxSessions 200\n`;
  appendFileSync(join(directory, "sshd_config"), config);
  const socket = join(directory, "master");
  appendFileSync(
    guest.target.configFile,
    `  ControlMaster auto\n  ControlPersist 1m\n  ControlPath ${socket}\n`,
  );
  writeFileSync(join(guest.home, ".gitconfig"), GITCONFIG);
  await guest.start();
  let count = 0;
  const make = () => {
    count += 1;
    return lay(guest, join(base, `home${count}`));
  };
  // One ahead: it is made while another is played on.
  let next = make();
  next.catch(() => undefined);
  return {
    lay: async () => {
      const ground = await next;
      next = make();
      next.catch(() => undefined);
      for (const which of ["trick", "stderr", "home", "note", "large", "given"])
        rmSync(join(guest.home, which), { force: true });
      return ground;
    },
    remove: async () => {
      await next.catch(() => undefined);
      spawnSync("ssh", ["-F", guest.target.configFile, "-O", "exit", "test-guest"], { stdio: "ignore" });
      guest.remove();
      rmSync(base, { recursive: true, force: true });
    },
  };
}

const GITCONFIG = "[user]\n\tname = A\n\temail = a@example.org\n[init]\n\tdefaultBranch = main\n";

async function lay(guest: LoopbackSshd, home: string): Promise<Ground> {
  mkdirSync(home);
  writeFileSync(join(home, ".gitconfig"), GITCONFIG);
  const shown: string[] = [];
  const name = `shop${home.slice(home.lastIndexOf("/") + "/home".length)}`;
  const repo = createRepository(join(home, name));
  git(repo, "checkout", "-q", "-b", "work");
  const ctx = contextOf({ home, repo, shown, guest });
  const ws = `${name}-work`;
  const at = join(guest.home, "workspace", ws);
  const file = (which: string) => join(guest.home, which);
  await pushToWorkspace(ctx, "work");
  const canary = join(home, "canary");
  const url = gitUrl(guest.target, ws);
  return {
    ctx,
    repo,
    at,
    ws,
    home,
    url,
    canary,
    fired: () => existsSync(canary),
    shown,
    serves: (trick) => {
      const refs = [[git(at, "rev-parse", "refs/heads/work"), "refs/heads/work"]];
      writeFileSync(file("trick"), JSON.stringify({ refs, at, note: file("note"), ...trick }));
    },
    complains: (text) => writeFileSync(file("stderr"), text),
    livesAt: (text) => writeFileSync(file("home"), text),
    gives: (bytes) => writeFileSync(file("given"), bytes),
    noted: () => existsSync(file("note")),
    naive: (...args) => naive(guest, { home, repo, seconds: 40 }, args),
    hangs: (...args) => naive(guest, { home, repo, seconds: 6 }, args).signal !== null,
  };
}

interface Naive {
  home: string;
  repo: string;
  /** Until it is ended. */
  seconds: number;
}

function naive(guest: LoopbackSshd, at: Naive, args: readonly string[]) {
  return spawnSync("git", args, {
    cwd: at.repo,
    encoding: "utf8",
    timeout: at.seconds * 1000,
    env: {
      PATH: process.env["PATH"],
      HOME: at.home,
      LC_ALL: "C",
      GIT_TERMINAL_PROMPT: "0",
      GIT_SSH_COMMAND: gitSshCommand(guest.target),
    },
  });
}

function contextOf(what: { home: string; repo: string; shown: string[]; guest: LoopbackSshd }): Context {
  const { home, repo, shown, guest } = what;
  const ctx = createContext({ hostHome: home, repo, said: shown, target: guest.target });
  const say = (text?: string) => {
    if (text !== undefined) shown.push(text);
  };
  ctx.out.detail = say;
  ctx.out.step = (text) => {
    say(text);
    return { update: say, done: say, failed: say };
  };
  return ctx;
}

/** What a play does without. */
export interface Omitted {
  /** Arguments; one that follows a `-c` goes with it. */
  args?: readonly (string | RegExp)[];
  env?: readonly string[];
  /** Arguments and options of the one door to programs, as it is called. */
  change?: (argv: readonly string[], options: RunOptions) => [readonly string[], RunOptions];
}

/** The product as it is, but for one guard: what it hands to other programs lacks it. */
export function without(ctx: Context, { args = [], env = [], change }: Omitted): Context {
  const leaves = (word: string | undefined) =>
    word !== undefined && args.some((one) => (typeof one === "string" ? one === word : one.test(word)));
  const run: Context["run"] = (argv, options = {}) => {
    const kept = argv.filter((word, at) => !leaves(word) && !(word === "-c" && leaves(argv[at + 1])));
    const entries = Object.entries(options.env ?? {}).filter(([name]) => !env.includes(name));
    const changed = options.env ? { ...options, env: Object.fromEntries(entries) } : options;
    const [called, how] = change ? change(kept, changed) : ([kept, changed] as const);
    return ctx.run(called, how);
  };
  return { ...ctx, run };
}
