// git on the host: every call pinned in one place, through the one door to programs.
import { totalmem } from "node:os";
import { ToolError } from "../errors.ts";
import { sanitizeLines } from "../guard/sanitize.ts";
import type { Run, RunOptions, RunResult } from "../io/run.ts";
import { gitSshCommand, gitUrl, type Target } from "../target.ts";

/** What git needs of a Context. */
export interface GitHost {
  run: Run;
  env: Readonly<Record<string, string | undefined>>;
  signal: AbortSignal;
}

/** Nothing of the caller's GIT_* variables: an agent-vm that is called from a hook must not work on the hook's repository. */
const KEPT = ["HOME", "PATH", "USER", "LOGNAME", "TMPDIR", "XDG_CONFIG_HOME", "SUDO_UID"] as const;

function baseEnvironment(env: GitHost["env"]): Record<string, string> {
  const kept = KEPT.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]));
  return { ...Object.fromEntries(kept), LC_ALL: "C" };
}

/** Against programs that a configuration or the files of a branch could start (security facts, 3.10). */
const PIN_LIST = [
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  // Only another command takes the place of one, and this one names no reference.
  "core.alternateRefsCommand=true",
  "core.protectHFS=true",
  "core.protectNTFS=true",
  "gc.auto=0",
  "maintenance.auto=false",
  "submodule.recurse=false",
  "fetch.recurseSubmodules=false",
  "fetch.fsckObjects=true",
  "fetch.prune=false",
  // One pack for all that comes: what a limit of size is measured by.
  "fetch.unpackLimit=1",
  "fetch.pruneTags=false",
  "fetch.writeCommitGraph=false",
  "push.gpgSign=false",
  "push.followTags=false",
  "push.negotiate=false",
  // Empty takes back what was set before: a workspace's git takes no options, and a push with some fails.
  "push.pushOption=",
  "log.showSignature=false",
];
const asOptions = (pins: readonly string[]) => pins.flatMap((pin) => ["-c", pin]);
const PINS = asOptions([...PIN_LIST, "credential.helper="]);
const PINS_OF_USER = asOptions(PIN_LIST);

const named = new Set<string>();

/**
 * A git directory that we name, whoever stands where: git takes it also where the user lets it find none by itself
 * (safe.bareRepository=explicit, which `doctor` advises).
 */
export function namedGitDirectory(path: string): string {
  named.add(path);
  return path;
}

const apart = new Set<string>();

/**
 * The git directory of a submodule's clone, asked without its work tree: that may be gone, and nothing of ours is about
 * its files.
 */
export function namedSubmodule(gitDirectory: string): string {
  apart.add(gitDirectory);
  return namedGitDirectory(gitDirectory);
}

const workTrees = new Map<string, string>();

/** A directory of files whose git directory nothing in it names. */
export function namedWorkTree(path: string, gitDirectory: string): string {
  workTrees.set(path, gitDirectory);
  return path;
}

function placeIn(directory: string): Record<string, string> {
  const gitDirectory = apart.has(directory) ? directory : workTrees.get(directory);
  return gitDirectory === undefined ? {} : { GIT_DIR: gitDirectory, GIT_WORK_TREE: directory };
}

const pinsIn = (directory: string): string[] =>
  named.has(directory) ? [...PINS, "-c", "safe.bareRepository=all"] : PINS;

export interface GitOptions
  extends Pick<RunOptions, "ok" | "input" | "inputFile" | "encoding" | "into" | "onLine" | "idleTimeout"> {
  env?: Readonly<Record<string, string>>;
  /** See Transfer; MiB of memory and of a file. */
  limits?: { memory: number; file?: number | undefined };
}

const KIB_PER_MIB = 1024;
const BLOCKS_PER_MIB = 2048;

/** The rest of the arguments under limits of memory (RLIMIT_DATA, in KiB) and of a file's size (RLIMIT_FSIZE, 512 bytes). */
function limited({ memory, file }: NonNullable<GitOptions["limits"]>): string[] {
  const script = 'while [ "$1" != -- ]; do ulimit "$1" "$2"; shift 2; done; shift; exec "$@"';
  const size = file === undefined ? [] : ["-f", String(file * BLOCKS_PER_MIB)];
  return ["sh", "-c", script, "sh", "-d", String(memory * KIB_PER_MIB), ...size, "--"];
}

/** git with the pinned environment and configuration in a directory of the host. */
export function git(
  host: GitHost,
  directory: string,
  args: readonly string[],
  options: GitOptions = {},
): Promise<RunResult> {
  const { env, limits, ...rest } = options;
  const under = limits ? limited(limits) : [];
  return host.run([...under, "git", "--no-pager", ...pinsIn(directory), "-C", directory, ...args], {
    ...rest,
    env: { ...baseEnvironment(host.env), ...PINNED_ENVIRONMENT, ...placeIn(directory), ...env },
    signal: host.signal,
  });
}

/** Of the caller's variables those that lead git to another repository, or carry settings of a command above us. */
const OF_A_REPOSITORY =
  /^GIT_(DIR|WORK_TREE|COMMON_DIR|INDEX_|OBJECT_|ALTERNATE_|NAMESPACE|PREFIX|CONFIG|QUARANTINE|SHALLOW_|GRAFT_|REPLACE_)/;

/**
 * git as the user would type it, for a remote of the user's own: with the own protocols, credentials and ssh. Never with a
 * name, an object or an address that the VM gave. Nobody is asked for a password.
 */
export function gitOfUser(
  host: GitHost,
  directory: string,
  args: readonly string[],
  options: Pick<GitOptions, "input" | "onLine"> = {},
): Promise<RunResult> {
  const own = Object.entries(host.env).filter(
    ([name, value]) => value !== undefined && !OF_A_REPOSITORY.test(name),
  );
  return host.run(["git", "--no-pager", ...PINS_OF_USER, "-C", directory, ...args], {
    ...options,
    env: {
      ...(Object.fromEntries(own) as Record<string, string>),
      LC_ALL: "C",
      GIT_TERMINAL_PROMPT: "0",
      GIT_NO_LAZY_FETCH: "1",
    },
    idleTimeout: TRANSFER_IDLE,
    signal: host.signal,
  });
}

const PINNED_ENVIRONMENT = {
  // Replacements and grafts show another history than the objects have, and only these travel. No file lies there.
  GIT_NO_REPLACE_OBJECTS: "1",
  GIT_GRAFT_FILE: "/dev/null/none",
  // A partial clone would ask its remote for whatever a commit names, also one of the VM's.
  GIT_NO_LAZY_FETCH: "1",
  GIT_TERMINAL_PROMPT: "0",
  GIT_ASKPASS: "/bin/false",
  GIT_ALLOW_PROTOCOL: "ssh",
  GIT_LFS_SKIP_SMUDGE: "1",
  GIT_OPTIONAL_LOCKS: "0",
};

/**
 * For git that packs: files from this size on are neither held in memory nor compared with each other. git's own limit
 * is 512 MiB; sixteen new files of 64 MiB took it 770 MiB of memory and many minutes to find nothing in common.
 */
export const LARGE_FILES_AS_THEY_ARE = ["-c", "core.bigFileThreshold=32m"] as const;
/** A commit is asked for by its id where no reference of the guest names it any more; what comes is hostile anyway. */
const BY_ID = "-c uploadpack.allowAnySHA1InWant=true";
/** A submodule's git directory names a work tree, and git fails to pack where that is gone; it needs none. */
const NO_FILES = "env GIT_WORK_TREE=.";
const UPLOAD_PACK = `--upload-pack=${NO_FILES} git ${LARGE_FILES_AS_THEY_ARE.join(" ")} ${BY_ID} upload-pack`;

/** Milliseconds without a byte from the other side until a transfer is given up. */
const TRANSFER_IDLE = 300_000;

/**
 * MiB that git may take for a transfer: it keeps every reference that the other side names, and nothing else bounds
 * their number. Half of the host's memory is far from what real repositories need. (macOS does not enforce it.)
 */
export const TRANSFER_MEMORY = Math.floor(totalmem() / 2 / 1024 / 1024);

/** Nothing runs, moves or travels but what the refspecs name, whatever the configuration asks for. */
const NOTHING_ELSE = {
  fetch: [UPLOAD_PACK, "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--refmap="],
  push: ["--porcelain", "--no-verify", "--no-signed", "--no-follow-tags", "--recurse-submodules=no"],
} as const;

export interface Transfer {
  target: Target;
  /** A workspace's directory; already checked against the name rule. */
  dir: string;
  verb: "fetch" | "push";
  options?: readonly string[];
  refspecs: readonly string[];
  /** The largest file git may write on the host, in MiB; a pack beyond it ends the transfer with nothing moved. */
  limit?: number;
  onLine?: (line: string) => void;
}

/** `git fetch` or `git push` between a repository of the host and a directory in ~/workspace. */
export function transfer(
  host: GitHost,
  directory: string,
  what: Transfer,
  ok: readonly number[] = [0],
): Promise<RunResult> {
  const url = gitUrl(what.target, what.dir);
  // The longest prefix wins: the whole url, replaced by itself, beats any rewriting rule of the user's.
  const rewrite = ["insteadOf", "pushInsteadOf"].flatMap((key) => ["-c", `url.${url}.${key}=${url}`]);
  const options = [...NOTHING_ELSE[what.verb], ...(what.options ?? []), "--progress"];
  const args = [...LARGE_FILES_AS_THEY_ARE, ...rewrite, what.verb, ...options];
  return git(host, directory, [...args, "--", url, ...what.refspecs], {
    env: { GIT_SSH_COMMAND: gitSshCommand(what.target), GIT_SSH_VARIANT: "ssh" },
    idleTimeout: TRANSFER_IDLE,
    ok,
    limits: { memory: TRANSFER_MEMORY, file: what.limit },
    ...(what.onLine ? { onLine: what.onLine } : {}),
  });
}

/**
 * A plain question to git, pinned like every call; its answer without the last line break; "" when git answers "no" by
 * its exit code alone. Throws ToolError when git complains.
 */
export async function query(host: GitHost, directory: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await git(host, directory, args, { ok: "any" });
  if (code === 0 || stderr === "") return stdout.replace(/\n$/, "");
  const stderrTail = sanitizeLines(stderr).slice(-12).join("\n");
  throw new ToolError({ argv: ["git", ...args], code, stderrTail });
}

/** True when git takes the text as a branch's name, and as nothing else (`@{-1}` names a branch by another name). */
export async function isBranchName(host: GitHost, text: string): Promise<boolean> {
  const { code, stdout } = await git(host, "/", ["check-ref-format", "--branch", text], { ok: "any" });
  return code === 0 && stdout === `${text}\n`;
}
