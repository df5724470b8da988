// Paths of a commit that no system of ours takes: looked for after a checkout failed, to name them.
import { git } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { EXIT, ToolError, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import type { Pairing } from "../sync/pairing.ts";

/** Linux' limits, in bytes; the path's counts its end. */
const LONGEST_PATH = 4095;
const LONGEST_NAME = 255;

/** The error, or a truer one when the branch has a path that cannot be checked out. */
export async function tooLongPath(ctx: Context, { repo, branch }: Pairing, error: unknown): Promise<unknown> {
  if (!(error instanceof ToolError)) return error;
  const args = ["ls-tree", "-r", "-z", "--name-only", "--full-tree", branch.oid];
  const { stdout } = await git(ctx, repo.directory, args, { encoding: "latin1", ok: "any" });
  const long = stdout.split("\0").find(isTooLong);
  if (long === undefined) return error;
  return new UserError(
    `The branch "${sanitize(branch.name)}" has a path of ${long.length} bytes, which is too long for the VM's files.`,
    {
      details: [`path: ${sanitize(long)}`],
      hint: `Systems take ${LONGEST_PATH} bytes, ${LONGEST_NAME} for each name: make it shorter, or leave the directory out with: agent-vm push --sparse <branch>`,
      exit: EXIT.failed,
      cause: error,
    },
  );
}

const isTooLong = (path: string): boolean =>
  path.length > LONGEST_PATH || path.split("/").some((name) => name.length > LONGEST_NAME);
