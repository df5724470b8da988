// The files and directories of this host that the words of `cp` name.
import { readlink } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { type HostPath, hostPath, MOST_LINKS } from "./host-path.ts";
import type { HostSource } from "./pack.ts";
import { nameOf, refuseGit } from "./place.ts";

/** Throws UserError for what is not there, is no file or directory, or has another one's name. */
export async function namedSources(ctx: Context, paths: readonly string[]): Promise<HostSource[]> {
  const sources = await Promise.all(paths.map((path) => sourceOf(ctx, path)));
  refuseTwice(sources);
  return sources;
}

async function sourceOf(ctx: Context, path: string): Promise<HostSource> {
  const found = await followed(ctx, path);
  if (found.kind === "missing") throw new UserError(`There is no ${sanitize(path)} on this host.`);
  if (found.kind === "other") {
    throw new UserError(`${sanitize(path)} is neither a file nor a directory.`, {
      hint: "A stream is read with: agent-vm cp - <branch>:name",
      exit: EXIT.usage,
    });
  }
  refuseGit(found.path);
  return { path: found.path, name: nameOf(path) };
}

/** A link that is named stands for what it leads to; each hop is looked at as a path of its own. */
async function followed(ctx: Context, path: string): Promise<HostPath> {
  let found = await hostPath(ctx, path);
  for (let hops = 0; found.kind === "link" && hops < MOST_LINKS; hops += 1)
    found = await hostPath(ctx, resolve(dirname(found.path), await readlink(found.path)));
  return found;
}

function refuseTwice(sources: readonly HostSource[]): void {
  const names = sources.map(({ name }) => name).filter((name) => name !== "");
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice === undefined) return;
  throw new UserError(`Two of the sources are called "${sanitize(twice)}".`, {
    hint: "Copy them one after the other, to different places.",
    exit: EXIT.usage,
  });
}
