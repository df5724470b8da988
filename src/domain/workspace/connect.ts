// From a branch name to a shell in its workspace.
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { sshArgv, type Target } from "../../target.ts";
import { mountOrWarn } from "../mount/mount.ts";
import { refuseResize } from "../vm/resize.ts";
import { prepareWorkspace } from "./prepare.ts";

/** Arguments: directory below ~/workspace (or "") and the command; without one, a login shell. */
const ENTER = [
  'dir=$1; shift; [ -z "$dir" ] || cd -- "$HOME/workspace/$dir" || exit 125',
  '[ -z "$dir" ] || export AGENT_VM_WORKSPACE="$dir"',
  '[ $# -gt 0 ] && exec "$@"',
  'exec "${SHELL:-/bin/bash}" -l',
].join("\n");

/** Returns the exit code of the shell or command. */
export async function connect(
  ctx: Context,
  branch: string | undefined,
  options: Record<string, unknown>,
): Promise<number> {
  const command = ctx.afterDashes ?? [];
  if (ctx.afterDashes?.length === 0) {
    throw new UserError('Nothing follows "--".', {
      hint: "Give a command: agent-vm connect <branch> -- <command>",
      exit: EXIT.usage,
    });
  }
  await refuseResize(ctx, options);
  const place = branch === undefined ? undefined : await prepareWorkspace(ctx, branch);
  const target: Target = place?.target ?? (await ctx.target());
  const mount = await mountOrWarn(ctx, target);
  if (place?.created) {
    const files = mount ? ` Its files: ${mount.mountpoint}/${place.dir}` : "";
    ctx.out.say(`The workspace ${place.dir} is ready.${files}`);
  }
  const argv = sshArgv(target, ["sh", "-c", ENTER, "agent-vm", place?.dir ?? "", ...command], {
    tty: ctx.interactive,
  });
  const { code } = await ctx.run(argv, { passThrough: true, ok: "any" });
  return code;
}
