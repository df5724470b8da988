// Puts back what belonged to no repository of this host: one tar, to the place below the agent's home it came from.
import type { Context } from "../../../context.ts";
import { EXIT, ToolError, UserError } from "../../../errors.ts";
import { sanitize } from "../../../guard/sanitize.ts";
import { sshArgv, type Target } from "../../../target.ts";
import type { Save } from "../../vault/save.ts";
import { piecePath } from "../../vault/verify.ts";
import { PUT_BACK } from "../guest/put-back.ts";
import { guestTrouble } from "../trouble.ts";

const TAKEN = 66;

/** The path below the agent's home. Throws UserError (4) when something is there; nothing was changed then. */
export async function putBack(ctx: Context, target: Target, save: Save): Promise<string> {
  const tars = save.files.filter((piece) => piece.kind === "tar");
  if (tars.length === 0) throw new UserError(`The save ${save.id} holds no files.`);
  const step = ctx.out.step(`restore ${sanitize(save.dir)}`);
  try {
    for (const piece of tars) {
      const depth = String(save.dir.split("/").length);
      const argv = sshArgv(target, ["sh", "-c", PUT_BACK, "sh", save.dir, depth], { ownConnection: true });
      await ctx.run(argv, { inputFile: piecePath(ctx, save, piece), signal: ctx.signal });
    }
    step.done();
    return save.dir;
  } catch (error) {
    step.failed();
    if (error instanceof ToolError && error.failure.code === TAKEN) throw taken(save);
    const what = { doing: "the restore", directory: ctx.paths.sharedState, range: [] };
    throw await guestTrouble(ctx, target, error, what);
  }
}

const taken = (save: Save): UserError =>
  new UserError(`In the VM ~/${sanitize(save.dir)} is something already; it was not touched.`, {
    details: [`The save ${save.id} stays where it is.`],
    hint: `Move it away (agent-vm connect), then: agent-vm restore --save ${save.id}`,
    exit: EXIT.refused,
  });
