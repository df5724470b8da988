// From a branch name to a shell in its workspace.
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import type { Target } from "../../target.ts";
import { mountOrWarn } from "../mount/keep.ts";
import { sessionEnvironment } from "../session/environment.ts";
import { runSession } from "../session/run-session.ts";
import { withProxy } from "../vm/proxy-forward.ts";
import { refuseResize } from "../vm/resize.ts";
import { prepareWorkspace } from "./prepare.ts";

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
  // Before anything is made or started: a file that is missing should not be found out at the end.
  const environment = options["env"] === false ? { values: {} } : await sessionEnvironment(ctx);
  const place =
    branch === undefined ? undefined : await prepareWorkspace(ctx, branch, options["sparse"] === true);
  const target: Target = place?.target ?? (await ctx.target());
  const mount = await mountOrWarn(ctx, target);
  if (place?.created) {
    const files = mount ? ` Its files: ${mount.mountpoint}/${place.dir}` : "";
    ctx.out.say(`The workspace ${place.dir} is ready.${files}`);
  }
  const enter = async () => {
    if (place && (place.setupDue || options["setup"] === true) && options["setup"] !== false) {
      const { setUpWorkspace } = await import("../project-file/set-up.ts");
      await setUpWorkspace(ctx, place, options["setup"] === true);
    }
    const rawTerminal = options["rawTerminal"] === true;
    if (ctx.interactive && command.length === 0 && options["session"] !== false) {
      const { enterWorkspaceSession } = await import("../session/workspace-session.ts");
      const { settingsAt } = await import("../project-file/settings.ts");
      const another = options["new"] === true;
      const settings = place ? await settingsAt(ctx, place, options["setup"] === false) : ctx.settings;
      return enterWorkspaceSession({ ...ctx, settings }, target, {
        dir: place?.dir ?? "",
        branch,
        environment,
        another,
        rawTerminal,
      });
    }
    return runSession(ctx, target, { dir: place?.dir ?? "", command, environment, rawTerminal });
  };
  return withProxy(ctx, target, enter, { lasting: true });
}
