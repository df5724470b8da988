// Three-way merges of commits without a work tree, in which nothing of the user's configuration runs.
import { git } from "../../../adapters/git.ts";
import type { Context } from "../../../context.ts";
import { EXIT, ToolError, UserError } from "../../../errors.ts";
import { fields, oidOrNothing, textOf } from "../parse.ts";

export type Merged = { tree: string } | { conflicts: string[] };

const PINS = ["-c", "merge.renormalize=false", "-c", "merge.directoryRenames=conflict"];

/** Merges commits of one repository; objects are the only thing that is written. */
export interface Merger {
  merge(ours: string, theirs: string): Promise<Merged>;
}

/** A merger for one command. Its configuration is asked once. */
export async function mergerFor(ctx: Context, directory: string): Promise<Merger> {
  const env = await withoutDrivers(ctx, directory);
  return {
    merge: async (ours, theirs) => {
      const args = ["merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", ours, theirs];
      const { code, stdout } = await git(ctx, directory, [...PINS, ...args], {
        env,
        ok: [0, 1],
        encoding: "latin1",
      });
      const [tree = "", ...names] = fields(stdout);
      if (code === 1) return { conflicts: [...new Set(names.map(textOf))] };
      return { tree: oidOrNothing(tree) ?? "" };
    },
  };
}

/**
 * A merge driver of the host's configuration is a program that would get the VM's bytes. In its place comes one that
 * always says "conflict", so such files are named and left to the user.
 */
async function withoutDrivers(ctx: Context, directory: string): Promise<Record<string, string>> {
  const args = ["config", "--null", "--name-only", "--get-regexp", "^merge\\..*\\.driver$"];
  const { stdout } = await git(ctx, directory, args, { ok: [0, 1] });
  const keys = [...new Set(stdout.split("\0").filter(Boolean))];
  const pairs = keys.flatMap((key, index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, "false"],
  ]);
  return { GIT_CONFIG_COUNT: String(keys.length), ...Object.fromEntries(pairs) };
}

/** "Name <mail> seconds zone" of the user, for commits that are made for them. Throws UserError when nobody set it. */
export async function committerOf(ctx: Context, directory: string): Promise<string> {
  try {
    const { stdout } = await git(
      ctx,
      directory,
      ["-c", "user.useConfigOnly=true", "var", "GIT_COMMITTER_IDENT"],
      { encoding: "latin1" },
    );
    return stdout.replace(/\n$/, "");
  } catch (cause) {
    if (!(cause instanceof ToolError)) throw cause;
    throw new UserError("git does not know your name and address, which a new commit needs.", {
      hint: 'Set them: git config --global user.name "Your Name"; git config --global user.email you@example.org',
      exit: EXIT.refused,
      cause,
    });
  }
}
