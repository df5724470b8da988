// The git objects of a snapshot into the vault, looked at there; as a bundle when git's own check refuses them.
import { git, transfer } from "../../../../adapters/git.ts";
import type { Context } from "../../../../context.ts";
import { ToolError } from "../../../../errors.ts";
import { sanitize } from "../../../../guard/sanitize.ts";
import type { Target } from "../../../../target.ts";
import type { OpaqueFile, Save } from "../../../vault/save.ts";
import type { Vault } from "../../../vault/vault.ts";
import { showProgress } from "../../git-progress.ts";
import { takeSaved } from "../../homeward/saved.ts";
import { type Packed, refuseOver } from "../opaque.ts";
import { bringPiece } from "./pieces.ts";
import { type Bringing, LARGE, limitFor, scratchOf } from "./what.ts";

const MiB = 1024 * 1024;

/** The objects by git; what git's own check refuses comes as a bundle, which this returns. */
export async function bringObjects(
  ctx: Context,
  target: Target,
  one: Bringing,
): Promise<OpaqueFile | undefined> {
  const { vault, what, snapshot, save, now } = one;
  const scratch = scratchOf(what.workspace);
  try {
    const limit = Math.ceil(limitFor(snapshot) / MiB);
    const bound = (bytes: number) => refuseOver(limitFor(snapshot), bytes);
    const { gitDir } = vault;
    const earlier = await takeSaved(ctx, target, {
      ...what,
      gitDir,
      save,
      bytes: snapshot.bytes,
      limit,
      bound,
      update: now,
    });
    await transfer(ctx, gitDir, {
      target,
      dir: scratch,
      verb: "fetch",
      options: ["--update-shallow"],
      refspecs: [`+refs/save/*:refs/saves/${save.id}/*`],
      limit,
      onLine: showProgress(now),
    });
    now("look at every object of it");
    await verify(ctx, vault, save);
    const input = earlier.map((ref) => `delete ${ref}\n`).join("");
    if (input !== "") await git(ctx, gitDir, ["update-ref", "--stdin"], { input });
    return undefined;
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    const packed: Packed = { kind: "bundle", scratch };
    // A bundle holds the whole history, of which the guest's figure leaves out what the host has.
    const limit = Math.max(limitFor(snapshot), ctx.settings.fetch_limit * LARGE);
    return bringPiece(ctx, target, {
      save,
      packed,
      limit,
      holds: "every commit, as git's own check would not take them",
    });
  }
}

/** Every reference that the guest listed is there with that object, and everything below them is. Throws ToolError. */
async function verify(ctx: Context, vault: Vault, save: Save): Promise<void> {
  const below = `refs/saves/${save.id}/`;
  const format = "--format=%(objectname) %(refname)";
  const { stdout } = await git(ctx, vault.gitDir, ["for-each-ref", format, below]);
  const there = new Set(stdout.split("\n"));
  const missing = save.refs.find(({ oid, name }) => !there.has(`${oid} ${below}${name}`));
  if (missing) {
    throw new ToolError({
      argv: ["git", "fetch"],
      code: 0,
      stderrTail: `${sanitize(missing.name)} did not arrive`,
    });
  }
  const input = save.refs.map(({ oid }) => `${oid}\n`).join("");
  const args = ["rev-list", "--objects", "--quiet", "--stdin", "--not", "--glob=refs/host/*", "--"];
  await git(ctx, vault.gitDir, args, { input });
}
