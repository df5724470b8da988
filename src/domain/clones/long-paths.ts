// Paths of a commit that no system of ours takes, named: before a workspace's files follow, or after a checkout failed.
import { git } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { EXIT, ToolError, UserError } from "../../errors.ts";
import { parsed } from "../../guard/from-guest.ts";
import { sanitize } from "../../guard/sanitize.ts";
import type { Target } from "../../target.ts";
import { callGuest } from "../sync/guest.ts";
import type { Pairing } from "../sync/pairing.ts";
import { fields } from "../sync/parse.ts";
import { quoted } from "../sync/plan.ts";
import { IS_SPARSE } from "./guest/sparse.ts";

/** Linux' limits, in bytes; the path's counts its end. */
const LONGEST_PATH = 4095;
const LONGEST_NAME = 255;

/** The error of making a workspace, or a truer one when the branch has a path that cannot be checked out. */
export async function tooLongPath(ctx: Context, pair: Pairing, error: unknown): Promise<unknown> {
  if (!(error instanceof ToolError)) return error;
  const long = (await pathsOf(ctx, pair, "any")).find(isTooLong);
  if (long === undefined) return error;
  return tooLong(pair, long, "leave the directory out with: agent-vm push --sparse", error);
}

/**
 * Before the files of a workspace follow: git would have moved some of them when it comes to a path that cannot be. A
 * sparse checkout may leave it out. Throws UserError.
 */
export async function refuseTooLong(
  ctx: Context,
  target: Target,
  pair: Pairing,
  arriving: readonly string[],
): Promise<void> {
  const long = arriving.find(isTooLong);
  if (long === undefined) return;
  const said = await callGuest(ctx, target, { text: IS_SPARSE, args: [pair.workspace.dir] });
  if (parsed(said, fields)[0] === "sparse") return;
  throw tooLong(pair, long, "send the commits alone, with nothing checked out: agent-vm push --aside");
}

/** Every path of the branch's commit; bytes, one character each. */
export async function pathsOf(
  ctx: Context,
  { repo, branch }: Pairing,
  ok: "any" | readonly number[] = [0],
): Promise<string[]> {
  const args = ["ls-tree", "-r", "-z", "--name-only", "--full-tree", branch.oid];
  return (await git(ctx, repo.directory, args, { encoding: "latin1", ok })).stdout.split("\0");
}

const isTooLong = (path: string): boolean =>
  path.length > LONGEST_PATH || path.split("/").some((name) => name.length > LONGEST_NAME);

const tooLong = ({ branch }: Pairing, path: string, way: string, cause?: ToolError): UserError =>
  new UserError(
    `The branch "${sanitize(branch.name)}" has a path of ${path.length} bytes, which is too long for the VM's files.`,
    {
      details: [`path: ${sanitize(path)}`],
      hint: `Systems take ${LONGEST_PATH} bytes, ${LONGEST_NAME} for each name: make it shorter, or ${way} ${quoted(branch.name)}`,
      exit: EXIT.failed,
      ...(cause && { cause }),
    },
  );
