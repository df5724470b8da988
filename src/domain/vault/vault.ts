// The vault: a bare repository of our own per host repository, which keeps what would exist nowhere else.
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { git, namedGitDirectory } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { ToolError } from "../../errors.ts";
import { withLock } from "../../io/lock.ts";

export interface Vault {
  /** Holds the repository, the records and the pieces that are no git objects. */
  directory: string;
  gitDir: string;
}

/** Whose vault: a repository's id, and where it lies when it is still there. Without an id: what belongs to none. */
export interface Owner {
  id: string | undefined;
  directory: string | undefined;
}

/** Where a vault is or would be; changes nothing. */
export function vaultPath(ctx: Context, id: string | undefined): Vault {
  const directory = join(ctx.paths.sharedState, "vault", id ?? "none");
  return { directory, gitDir: namedGitDirectory(join(directory, "objects.git")) };
}

/** Runs `work` while no other command writes in this vault. */
export function withVaultLock<T>(ctx: Context, vault: Vault, work: () => Promise<T>): Promise<T> {
  const onWait = (holder: { command: string; pid: number }) =>
    ctx.out.say(`Waiting for another command to end: ${holder.command} (process ${holder.pid})`);
  return withLock(
    join(vault.directory, "vault.lock"),
    { command: ctx.commandLine, signal: ctx.signal, onWait },
    work,
  );
}

/**
 * The vault of a repository, made when it is missing and brought up to what the host has, so that only what is new
 * crosses the wire. It is self-contained: seeded by hard links where the file system allows, never by borrowing.
 * `format` is that of the objects to come, for a repository that is gone.
 */
export async function openVault(ctx: Context, owner: Owner, format = "sha1"): Promise<Vault> {
  const vault = vaultPath(ctx, owner.id);
  await mkdir(join(vault.directory, "saves"), { recursive: true, mode: 0o700 });
  await withVaultLock(ctx, vault, async () => {
    if (!existsSync(vault.gitDir)) await create(ctx, vault, owner, format);
    else await refresh(ctx, vault, await sourceOf(ctx, owner));
  });
  return vault;
}

/** The repository itself, wherever in it the user stands; undefined when it is gone. */
async function sourceOf(ctx: Context, { directory }: Owner): Promise<string | undefined> {
  if (directory === undefined || !existsSync(directory)) return undefined;
  const args = ["rev-parse", "--path-format=absolute", "--git-common-dir"];
  const { code, stdout } = await git(ctx, directory, args, { ok: "any" });
  return code === 0 ? namedGitDirectory(stdout.replace(/\n$/, "")) : undefined;
}

/** Two repositories of this host, both the user's own. */
const LOCAL = { env: { GIT_ALLOW_PROTOCOL: "file" } };
/** git takes none of our settings to the other end; in the place of a hook of the user's comes one that changes nothing. */
const OTHER_END = "--upload-pack=git -c uploadpack.packObjectsHook=env upload-pack";
const SEED = "+refs/*:refs/host/*";
/** No hook, template or description of git's own comes along. */
const PLAIN = ["--bare", "--template="];

async function create(ctx: Context, vault: Vault, owner: Owner, format: string): Promise<void> {
  const draft = namedGitDirectory(`${vault.gitDir}.new`);
  await rm(draft, { recursive: true, force: true });
  try {
    const source = await sourceOf(ctx, owner);
    const init = ["init", "-q", ...PLAIN, `--object-format=${format}`, draft];
    if (source === undefined) await git(ctx, vault.directory, init);
    else await seed(ctx, draft, source);
    for (const [key, value] of SETTINGS) await git(ctx, draft, ["config", key, value]);
    await rename(draft, vault.gitDir);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** What was saved must outlive a crash of this machine, and stay until the user drops it. */
const SETTINGS = [
  ["core.fsync", "all"],
  ["gc.auto", "0"],
  ["gc.pruneExpire", "never"],
  ["core.logAllRefUpdates", "false"],
  ["fetch.unpackLimit", "1"],
  ["transfer.unpackLimit", "1"],
] as const;

/** Objects by hard links with a clone; then its references are put where a vault keeps them. */
async function seed(ctx: Context, draft: string, source: string): Promise<void> {
  const clone = [
    "clone",
    "-q",
    ...PLAIN,
    "--local",
    "--dissociate",
    "--no-tags",
    "--single-branch",
    OTHER_END,
    "--",
    source,
    draft,
  ];
  const { code } = await git(ctx, "/", clone, { ...LOCAL, ok: "any" });
  if (code !== 0) {
    // A HEAD without a commit cannot be cloned with --single-branch; a small repository can simply be fetched.
    await rm(draft, { recursive: true, force: true });
    const format = await git(ctx, source, ["rev-parse", "--show-object-format"]);
    await git(ctx, "/", ["init", "-q", ...PLAIN, `--object-format=${format.stdout.trim()}`, draft]);
  }
  await refresh(ctx, { directory: draft, gitDir: draft }, source);
  const { stdout } = await git(ctx, draft, [
    "for-each-ref",
    "--format=delete %(refname)",
    "refs/heads",
    "refs/tags",
  ]);
  await git(ctx, draft, ["update-ref", "--stdin"], { input: stdout });
  await git(ctx, draft, ["config", "--remove-section", "remote.origin"], { ok: "any" });
}

/** A host repository that cannot be read whole only means that more has to come from the guest. */
async function refresh(ctx: Context, vault: Vault, source: string | undefined): Promise<void> {
  if (source === undefined) return;
  try {
    await fetchHost(ctx, vault.gitDir, source);
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    ctx.out.detail(`The vault could not be brought up to ${source}: ${error.failure.stderrTail}`);
  }
}

/**
 * Every reference of the host. What the host no longer names stays in the vault as long as a save builds on it. The
 * history of the host is the user's own and may be older than git's present rules: it is not checked again.
 */
async function fetchHost(ctx: Context, gitDir: string, source: string): Promise<void> {
  const options = [
    "-q",
    "--no-tags",
    "--no-recurse-submodules",
    "--no-write-fetch-head",
    "--refmap=",
    "--prune",
    OTHER_END,
  ];
  const unchecked = ["-c", "fetch.fsckObjects=false"];
  const args = [...unchecked, "fetch", ...options, "--update-shallow", "--", source, SEED];
  await git(ctx, gitDir, args, LOCAL);
}
