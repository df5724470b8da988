// A VM that could not be reached because something else answers in its place: said plainly, with the way on.
import { createHash } from "node:crypto";
import { shownKeys } from "../../adapters/ssh.ts";
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { pinnedKey } from "./pin.ts";

const fingerprint = (key: string): string =>
  `SHA256:${createHash("sha256").update(Buffer.from(key, "base64")).digest("base64").replace(/=+$/, "")}`;

/**
 * The error to tell instead of `error`, which came when the VM was called over ssh: ssh gives one exit code to every
 * failure, so the port is asked for its keys. The same error when the pinned key is among them, or none is shown.
 */
export async function orReplaced(ctx: Context, port: number, error: unknown): Promise<unknown> {
  if (!(error instanceof UserError) || error.exit !== EXIT.notReady) return error;
  const pinned = await pinnedKey(ctx).catch(() => undefined);
  if (pinned === undefined) return error;
  const shown = await shownKeys(ctx.run, port);
  if (shown.length === 0 || shown.includes(pinned)) return error;
  return new UserError(
    `What answers on the VM's port ${port} is not the VM ${ctx.paths.vm}: another host key.`,
    {
      details: [
        `pinned when the VM was made: ${fingerprint(pinned)}`,
        ...shown.map((key) => `shown now: ${fingerprint(key)}`),
        "Nothing was sent to it.",
      ],
      hint: "Another program may have taken the port: agent-vm restart. If the VM or its disk was replaced, put it aside, whole, and begin anew: agent-vm destroy",
      exit: EXIT.notReady,
      cause: error,
    },
  );
}
