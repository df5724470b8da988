// Files of a workspace's submodules that git does not track and that a push would overwrite.
import { sizesOf } from "../../adapters/cat-file.ts";
import type { Context } from "../../context.ts";
import type { Target } from "../../target.ts";
import { incomingPaths } from "../sync/incoming.ts";
import type { Pairing } from "../sync/pairing.ts";
import { rawDiff, refuseOverwriting } from "../sync/push/overwriting.ts";
import type { Node } from "./tree.ts";

/**
 * Throws UserError (4) when a submodule's new commit brings paths that lie there already, ignored or not. Of a commit
 * that the host has not got nobody can tell before; git in the VM refuses it then, at the end.
 */
export async function refuseInside(
  ctx: Context,
  target: Target,
  pair: Pairing,
  moving: readonly { node: Node; from: string }[],
): Promise<void> {
  for (const { node, from } of moving) {
    const { gitDir } = node.clone;
    if (!(await sizesOf(ctx, gitDir, [from], "commit")).has(from)) continue;
    const incoming = [...incomingPaths(await rawDiff(ctx, gitDir, from, node.oid))];
    await refuseOverwriting(ctx, target, pair, incoming, node);
  }
}
