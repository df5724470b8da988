// Where a path of the host really lies, found without touching a mount, and never through a link that came with commits.
import { lstat, readlink, realpath } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { query } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";

export interface HostPath {
  /** Without links but, for what is not a directory, the last name. */
  path: string;
  kind: "directory" | "file" | "link" | "other" | "missing";
}

export const MOST_LINKS = 40;

/**
 * Throws UserError: 2 for what lies in a mount of a workspace (a dead one would hang whoever looks), 4 for a link of
 * the repository that leads out of it, 1 when a directory on the way is missing.
 */
export async function hostPath(ctx: Context, asked: string): Promise<HostPath> {
  const typed = resolve(ctx.cwd, asked);
  const links: string[] = [];
  const found = await walk(await mountsOf(ctx), typed, links);
  const { path, kind } = found;
  const end = kind === "link" ? resolve(dirname(path), await readlink(path)) : path;
  if (links.length > 0) await refuseLinksOut(ctx, links, end);
  return found;
}

async function walk(mounts: readonly string[], typed: string, links: string[]): Promise<HostPath> {
  let done = "/";
  const left = typed.split("/").filter(Boolean);
  for (let name = left.shift(); name !== undefined; name = left.shift()) {
    const path = resolve(done, name);
    refuseMount(mounts, path, typed);
    const seen = await look(path, typed);
    const last = left.length === 0;
    if (seen === undefined) {
      if (last) return { path, kind: "missing" };
      throw new UserError(`There is no directory ${sanitize(path)}.`, {
        hint: `Make it with: mkdir -p ${sanitize(dirname(typed))}`,
      });
    }
    if (seen.isSymbolicLink()) {
      links.push(path);
      if (links.length > MOST_LINKS) throw new UserError(`Links go round in circles at ${sanitize(path)}.`);
      const target = resolve(done, await readlink(path));
      if (last && !(await leadsToDirectory(mounts, target, links))) return { path, kind: "link" };
      left.unshift(...target.split("/").filter(Boolean));
      done = "/";
    } else if (last || seen.isDirectory()) {
      done = path;
      if (last && !seen.isDirectory()) return { path, kind: seen.isFile() ? "file" : "other" };
    } else throw new UserError(`${sanitize(path)} is no directory.`, { exit: EXIT.usage });
  }
  return { path: done, kind: "directory" };
}

async function leadsToDirectory(
  mounts: readonly string[],
  target: string,
  links: string[],
): Promise<boolean> {
  const found = await walk(mounts, target, links).catch((error: unknown) => {
    if (error instanceof UserError && error.exit === EXIT.failed) return undefined;
    throw error;
  });
  return found?.kind === "directory";
}

async function look(path: string, typed: string) {
  try {
    return await lstat(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    if (code !== "ENAMETOOLONG") throw error;
    throw new UserError(`The path is too long: ${sanitize(typed)}`, { exit: EXIT.usage });
  }
}

/** All mounts of ours lie below one directory of the home, which a link may lead to. */
export async function mountsOf({ paths }: Context): Promise<string[]> {
  const homes = [paths.home, await realpath(paths.home).catch(() => paths.home)];
  return [paths.mountpoint, ...homes.map((home) => join(home, ".agent-vm-mounts"))];
}

function refuseMount(mounts: readonly string[], path: string, typed: string): void {
  if (!mounts.some((place) => path === place || path.startsWith(`${place}/`))) return;
  throw new UserError(`${sanitize(typed)} lies in a mounted workspace.`, {
    hint: "Name it as the VM has it: <branch>:path",
    exit: EXIT.usage,
  });
}

/** A link below the repository's top may have come with the VM's commits. */
async function refuseLinksOut(ctx: Context, links: readonly string[], end: string): Promise<void> {
  const directory = resolve(ctx.cwd, ctx.flags.repo ?? ".");
  const said = await query(ctx, directory, ["rev-parse", "--show-toplevel"]);
  if (said === "") return;
  const inside = (path: string) => path === said || path.startsWith(`${said}/`);
  const link = links.find(inside);
  if (link === undefined || inside(end)) return;
  throw new UserError(`${sanitize(link)} is a link of the repository that leads out of it.`, {
    details: [`it leads to ${sanitize(end)}`],
    hint: "If that is the place you mean, name it itself.",
    exit: EXIT.refused,
  });
}
