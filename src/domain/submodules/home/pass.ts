// What came for the host's submodules passes as the superproject's commits do: all of it here, scanned, examined.
import { sizesOf } from "../../../adapters/cat-file.ts";
import type { Context } from "../../../context.ts";
import { EXIT, UserError } from "../../../errors.ts";
import { sanitize } from "../../../guard/sanitize.ts";
import { type Passage, passCustoms } from "../../customs/pass.ts";
import { scanIncoming } from "../../scan/gate.ts";
import { quoted } from "../../sync/plan.ts";
import type { Workspace } from "../../workspace/registry.ts";
import type { Site } from "./sites.ts";

/** Before the host's branch moves. Throws UserError (4) with nothing moved. `journey` is the superproject's. */
export async function passSubmodules(
  ctx: Context,
  sites: readonly Site[],
  workspace: Workspace,
  journey: Passage,
): Promise<void> {
  const fresh = sites.filter((site) => site.fresh);
  const lost = fresh.filter((site) => !site.here);
  if (lost.length > 0) throw notHere(lost, journey);
  for (const site of fresh) {
    const repo = { ...journey.repo, directory: site.home.directory, commonDir: site.home.gitDir };
    await scanIncoming(ctx, { repo, workspace, now: site.oid, ref: `${site.home.refs}*` });
    const from = await ownCommit(ctx, site);
    const range = { repo, from, now: site.oid, to: site.oid, synced: undefined, below: site.path };
    const { path: _, ...rest } = journey;
    const path = site.clone?.worktree;
    const look = `git -C ${quoted(sanitize(site.home.directory, 4096))} log -p ${site.oid}${from === undefined ? "" : ` ^${from}`}`;
    await passCustoms(ctx, { ...rest, ...range, ...(path !== undefined && { path }), look });
  }
}

/** What the host's branch records, where the home has that commit. */
async function ownCommit(ctx: Context, { before, home }: Site): Promise<string | undefined> {
  if (before === undefined) return undefined;
  return (await sizesOf(ctx, home.directory, [before], "commit")).has(before) ? before : undefined;
}

function notHere(lost: readonly Site[], { branch, now }: Passage): UserError {
  const [first] = lost;
  const at = quoted(first?.path ?? "");
  const how =
    first?.clone === undefined ? `git submodule update --init -- ${at}` : `git -C ${at} fetch --all`;
  return new UserError(
    `New commits record commits of submodules that neither the workspace nor this host has; "${sanitize(branch)}" was not moved.`,
    {
      details: lost.map(({ path, oid }) => `${sanitize(path)} at ${oid}`),
      hint: `If they are at its remote: ${how}; then fetch again. To take the branch without them: git merge --ff-only ${now}`,
      exit: EXIT.refused,
    },
  );
}
