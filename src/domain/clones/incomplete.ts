// What came from a workspace into a partial clone and names objects that the clone lacks: git would ask its remote.
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import type { Work } from "../sync/fetch/fetch-steps.ts";
import { byHand } from "../sync/fetch/plan-fetch.ts";
import { quoted } from "../sync/plan.ts";
import { plural } from "../sync/words.ts";
import { missingObjects, promisorsOf } from "./partial.ts";

/**
 * Throws UserError (4) when a partial clone has not got all that its branch would gain. The VM named these objects (they
 * are of commits that the clone knows by name alone, else git had not taken them), so nothing is asked of the remote here.
 */
export async function refuseIncomplete(ctx: Context, { repo, plan, now, facts }: Work): Promise<void> {
  if (plan.do !== "create" && plan.do !== "advance") return;
  const remotes = await promisorsOf(ctx, repo);
  if (remotes.length === 0) return;
  const { directory } = repo;
  const missing =
    plan.do === "advance"
      ? await missingObjects(ctx, directory, [now, `^${plan.from}`])
      : await missingObjects(ctx, directory, [now], ["--not", "--branches", "--remotes"]);
  if (missing.length === 0) return;
  const ref = quoted(facts.ref);
  const command =
    plan.do === "advance"
      ? byHand(plan.how, facts.ref, plan.branch)
      : `git branch ${quoted(plan.branch)} ${ref}`;
  const what = `${plural(missing.length, "object")} of what came from the workspace`;
  throw new UserError(`This repository is a partial clone that lacks ${what}; your branch was not moved.`, {
    details: [`The workspace's commits are in ${ref}.`],
    hint: `Look at them, then have git get the rest from ${sanitize(remotes[0] ?? "")}: ${command}`,
    exit: EXIT.refused,
  });
}
