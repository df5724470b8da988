// Partial clones: what they lack of a branch is fetched from their own remote, by the host, before the branch travels.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { git, gitOfUser } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { EXIT, ToolError, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { plural } from "../sync/words.ts";
import type { Repository } from "../workspace/repository.ts";

type Place = Pick<Repository, "commonDir" | "directory">;

/** The remotes that git gets missing objects from. For a plain clone no question to git. */
export async function promisorsOf(ctx: Context, repo: Place): Promise<string[]> {
  const config = await readFile(join(repo.commonDir, "config"), "latin1").catch(() => "");
  if (!/\b(promisor|partialclone)\b/i.test(config)) return [];
  const pattern = "^(extensions\\.partialclone|remote\\..*\\.promisor)$";
  const args = ["config", "--null", "--get-regexp", pattern];
  const { stdout } = await git(ctx, repo.directory, args, { ok: [0, 1] });
  const names = stdout
    .split("\0")
    .filter(Boolean)
    .map((entry) => {
      const [key = "", ...value] = entry.split("\n");
      return key.startsWith("remote.") ? key.slice("remote.".length, -".promisor".length) : value.join("\n");
    });
  return [...new Set(names)];
}

/**
 * Objects that are not here and are reachable from the commits of `range`, but not from those with a "^" or from the
 * references that `more` names.
 */
export async function missingObjects(
  ctx: Context,
  directory: string,
  range: readonly string[],
  more: readonly string[] = [],
): Promise<string[]> {
  const args = ["rev-list", "--objects", "--missing=print", "--quiet", "--stdin", ...more];
  const { stdout } = await git(ctx, directory, args, { input: lines(range) });
  return stdout.split("\n").flatMap((line) => (line.startsWith("?") ? [line.slice(1)] : []));
}

const lines = (words: readonly string[]): string => words.map((word) => `${word}\n`).join("");

/**
 * Makes whole what is to travel; `sent` is a commit that has travelled. Nothing of it is the VM's: the tips are the
 * host's own commits, the remote is that of the user's configuration, asked with the user's own credentials. Throws
 * UserError (4) with what to type when it does not give them; nothing has travelled then.
 */
export async function completePartial(
  ctx: Context,
  repo: Place,
  tips: readonly string[],
  sent?: string,
): Promise<void> {
  const remotes = await promisorsOf(ctx, repo);
  if (remotes.length === 0) return;
  const range = sent === undefined ? tips : [...tips, `^${sent}`];
  let missing = await missingObjects(ctx, repo.directory, range);
  for (const remote of remotes) {
    if (missing.length === 0) return;
    const what = `${plural(missing.length, "object")} of what is to travel`;
    ctx.out.say(
      `This repository is a partial clone and lacks ${what}: asking its remote ${sanitize(remote)}.`,
    );
    await fetchObjects(ctx, repo, remote, missing);
    missing = await missingObjects(ctx, repo.directory, range);
  }
  if (missing.length > 0) throw incomplete(remotes, missing.length);
}

async function fetchObjects(
  ctx: Context,
  repo: Place,
  remote: string,
  oids: readonly string[],
): Promise<void> {
  const step = ctx.out.step(`fetch missing objects from ${sanitize(remote)}`);
  // As git itself does for a missing object, but all at once: nothing is negotiated, no reference moves.
  const args = [
    ...[
      "-c",
      "fetch.negotiationAlgorithm=noop",
      "fetch",
      "--progress",
      "--no-filter",
      "--no-tags",
      "--refmap=",
    ],
    ...["--no-write-fetch-head", "--no-recurse-submodules", "--stdin", "--", remote],
  ];
  try {
    await gitOfUser(ctx, repo.directory, args, { input: lines(oids), onLine: step.update });
    step.done();
  } catch (error) {
    step.failed();
    if (!(error instanceof ToolError)) throw error;
    throw incomplete([remote], oids.length, error);
  }
}

function incomplete(remotes: readonly string[], count: number, cause?: ToolError): UserError {
  const [remote = "origin"] = remotes;
  return new UserError(
    `This repository is a partial clone, and ${plural(count, "object")} of what would travel did not come from ${sanitize(remote)}.`,
    {
      details: cause?.failure.stderrTail.split("\n").filter(Boolean) ?? [],
      hint: `Get them, then try again: git fetch --refetch --no-filter ${sanitize(remote)}`,
      exit: EXIT.refused,
      cause,
    },
  );
}
