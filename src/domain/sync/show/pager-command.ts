// Which pager shows what: the user's own, found as git finds it.
import { query } from "../../../adapters/git.ts";
import type { Context } from "../../../context.ts";
import { UserError } from "../../../errors.ts";
import { sanitize } from "../../../guard/sanitize.ts";
import type { Repository } from "../../workspace/repository.ts";

/** As git chooses: GIT_PAGER, pager.<verb>, core.pager, PAGER, less. Undefined for none. */
export async function pagerCommand(
  ctx: Context,
  repo: Repository,
  verb: string,
): Promise<string | undefined> {
  const pattern = `^(core\\.pager|pager\\.${verb})$`;
  const found = await query(ctx, repo.directory, ["config", "--get-regexp", pattern]);
  const configured = new Map(
    found.split("\n").map((line) => [line.split(" ", 1)[0], line.slice(line.indexOf(" ") + 1)]),
  );
  const own = configured.get(`pager.${verb}`);
  if (own !== undefined && /^(false|no|off|0)$/i.test(own)) return undefined;
  const named = own === undefined || /^(true|yes|on|1)$/i.test(own) ? undefined : own;
  const { GIT_PAGER, PAGER } = ctx.env;
  const command = GIT_PAGER ?? named ?? configured.get("core.pager") ?? PAGER ?? "less";
  return command === "" || command === "cat" ? undefined : command;
}

export const noPager = (command: string) =>
  new UserError(`Your pager could not be run: ${sanitize(command)}`, {
    hint: "Choose another one, for this once with: GIT_PAGER=cat agent-vm …",
  });
