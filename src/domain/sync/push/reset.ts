// push --reset: the workspace's branch begins anew from the host's commit, its old commits keep a name there.
import type { Context } from "../../../context.ts";
import { EXIT, UserError } from "../../../errors.ts";
import { type FromGuest, parsed } from "../../../guard/from-guest.ts";
import { sanitize } from "../../../guard/sanitize.ts";
import type { Target } from "../../../target.ts";
import { RAW_DIFF, RESET } from "../guest/reset.ts";
import { callGuest } from "../guest.ts";
import { type IncomingPath, parseIncoming } from "../incoming.ts";
import type { Pairing } from "../pairing.ts";
import { fields, notUnderstood } from "../parse.ts";
import { quoted } from "../plan.ts";
import { guestTrouble } from "../trouble.ts";

/** Where a workspace keeps what a reset left behind. */
export const keptInWorkspace = (oid: string): string => `refs/agent-vm/kept/${oid}`;

/** What must be free, as the guest compares: only there are both commits for certain. Paths as bytes. */
export async function incomingInGuest(
  ctx: Context,
  target: Target,
  pair: Pairing,
  old: string,
): Promise<IncomingPath[]> {
  const { repo, branch, workspace } = pair;
  try {
    const said = await callGuest(ctx, target, { text: RAW_DIFF, args: [workspace.dir, old, branch.oid] });
    return parsed(said, parseIncoming);
  } catch (error) {
    const what = {
      doing: "comparing the two commits",
      directory: repo.directory,
      range: [],
      dir: workspace.dir,
    };
    throw await guestTrouble(ctx, target, error, what);
  }
}

const WHY = {
  moved: "It has changed while it was looked at",
  dirty: "It has edits in the way, or is in the middle of something",
  blocked: "git could not move its files",
} as const;

const isWhy = (word: string): word is keyof typeof WHY => word in WHY;

/**
 * Moves the branch by compare-and-swap; the commit must be in the workspace. `examined` is what was seen there. Throws
 * UserError (4) when it is not so any more; nothing has changed then.
 */
export async function resetWorkspace(
  ctx: Context,
  target: Target,
  pair: Pairing,
  examined: { tip: string; on: string | undefined },
): Promise<void> {
  const { repo, branch, workspace } = pair;
  const args = [workspace.dir, branch.name, examined.tip, branch.oid, examined.on ?? ""];
  let answer: FromGuest;
  try {
    answer = await callGuest(ctx, target, { text: RESET, args });
  } catch (error) {
    const what = { doing: "the reset", directory: repo.directory, range: [], dir: workspace.dir };
    throw await guestTrouble(ctx, target, error, what);
  }
  const word = parsed(answer, fields)[0] ?? "";
  if (word !== "done") {
    if (!isWhy(word)) throw notUnderstood(word);
    throw new UserError(`The workspace of "${sanitize(branch.name)}" was left as it is: ${WHY[word]}.`, {
      hint: `Look at it with: agent-vm connect ${quoted(branch.name)}`,
      exit: EXIT.refused,
    });
  }
  const kept = keptInWorkspace(examined.tip);
  ctx.out.say(`The commits that the workspace had are kept there: git log ${kept}`);
}
