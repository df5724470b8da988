// The saves of all repositories: listed, and dropped when the user agrees to lose them.
import type { Context } from "../../context.ts";
import { EXIT, ToolError, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { parseAge } from "./age.ts";
import { type Holdings, holdingsOf } from "./holdings.ts";
import { reclaim } from "./reclaim.ts";
import { dropSave, listSaves } from "./records.ts";
import type { Save } from "./save.ts";
import { trashLines } from "./trash-text.ts";
import { vaultPath, withVaultLock } from "./vault.ts";

/** Every save of this host, the oldest first. */
export async function listTrash(ctx: Context): Promise<Holdings[]> {
  return describe(ctx, await listSaves(ctx));
}

async function describe(ctx: Context, saves: readonly Save[]): Promise<Holdings[]> {
  const all: Holdings[] = [];
  for (const save of saves) all.push(await holdingsOf(ctx, save));
  return all;
}

export interface Selection {
  ids: readonly string[];
  olderThan?: string | undefined;
  all?: boolean | undefined;
}

/**
 * The saves that are meant; an id and an age together mean what either names. Throws UserError (2) when nothing was
 * named, or an id that is none.
 */
export function selectSaves(saves: readonly Save[], which: Selection, now: number): Save[] {
  const { ids, olderThan, all } = which;
  if (ids.length === 0 && olderThan === undefined && !all) {
    throw new UserError("Say which saves to drop.", {
      hint: "agent-vm trash drop <id>…, or --older-than 30d, or --all; agent-vm trash list shows them",
      exit: EXIT.usage,
    });
  }
  const unknown = ids.filter((id) => !saves.some((save) => save.id === id));
  if (unknown.length > 0) {
    throw new UserError(`There is no save ${unknown.map((id) => `"${sanitize(id)}"`).join(", ")}.`, {
      hint: "See them with: agent-vm trash list",
      exit: EXIT.usage,
    });
  }
  const limit = olderThan === undefined ? Number.NEGATIVE_INFINITY : now - parseAge(olderThan);
  return saves.filter((save) => all || ids.includes(save.id) || Date.parse(save.time) < limit);
}

/**
 * `agent-vm trash drop`: returns what is gone. A save may be the only copy of work, so it needs a yes on a terminal or
 * `force`; throws UserError (4) without.
 */
export async function dropTrash(ctx: Context, which: Selection, force: boolean): Promise<Holdings[]> {
  const chosen = selectSaves(await listSaves(ctx), which, Date.now());
  if (chosen.length === 0) return [];
  const holdings = await describe(ctx, chosen);
  if (!force) await agree(ctx, holdings);
  for (const owner of new Set(chosen.map((save) => save.repoId))) {
    const mine = chosen.filter((save) => save.repoId === owner);
    const vault = vaultPath(ctx, owner);
    await withVaultLock(ctx, vault, async () => {
      for (const save of mine) await dropSave(ctx, save);
      await tryReclaim(ctx, () => reclaim(ctx, vault));
    });
  }
  return holdings;
}

async function agree(ctx: Context, holdings: readonly Holdings[]): Promise<void> {
  const count = holdings.length === 1 ? "this save" : `these ${holdings.length} saves`;
  if (!ctx.confirm.possible) {
    throw new UserError(`Dropping ${count} deletes what may be the only copy of work.`, {
      details: trashLines(holdings),
      hint: "If you are sure, add: --force",
      exit: EXIT.refused,
    });
  }
  for (const line of trashLines(holdings)) ctx.out.say(line, "asked");
  if (await ctx.confirm.ask(`Drop ${count} for good?`)) return;
  throw new UserError("Nothing was dropped.", { exit: EXIT.refused });
}

async function tryReclaim(ctx: Context, work: () => Promise<void>): Promise<void> {
  const step = ctx.out.step("give the space back");
  try {
    await work();
    step.done();
  } catch (error) {
    step.failed();
    if (!(error instanceof ToolError)) throw error;
    ctx.out.warn(`The saves are dropped, but their space is not free yet: ${sanitize(error.message)}`);
  }
}
