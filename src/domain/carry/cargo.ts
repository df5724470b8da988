// What of the host's ignored files goes into a workspace now: granted, found, read.
import type { Context } from "../../context.ts";
import { sizeText } from "../consent.ts";
import { nameLines, plural } from "../sync/words.ts";
import type { Branch } from "../workspace/branch.ts";
import type { Repository } from "../workspace/repository.ts";
import { agreedPatterns, patternsAsked } from "./asked.ts";
import { type CarriedFile, matchesOf, type Refused, readAll } from "./resolve.ts";

export interface Cargo {
  top: string;
  files: CarriedFile[];
  refused: Refused[];
}

/**
 * Undefined when nothing is granted: then git was not asked. `projectFile`: the branch's commit has one, which may ask.
 * Throws UserError (4) when it is too much.
 */
export async function cargoFor(
  ctx: Context,
  pair: { repo: Repository; branch: Branch },
  projectFile: boolean,
): Promise<Cargo | undefined> {
  const asked = projectFile ? await patternsAsked(ctx, pair) : [];
  const patterns = [...ctx.settings.workspace.carry, ...(await agreedPatterns(ctx, pair, asked))];
  if (patterns.length === 0) return undefined;
  const matches = await matchesOf(ctx, pair.repo.directory, patterns);
  const { files, refused } = await readAll(ctx, matches);
  return { top: matches.top, files, refused: [...matches.refused, ...refused] };
}

/** Said before they go: which, and how much; their content may be secrets, and that was granted. */
export function showCargo(ctx: Context, { files }: Cargo, dir: string): void {
  const bytes = files.reduce((sum, one) => sum + one.bytes.length, 0);
  const names = nameLines(
    "  carried",
    files.map(({ path }) => path),
  );
  const what = `${plural(files.length, "ignored file")} (${sizeText(bytes)})`;
  ctx.out.say([`Into ${dir}, as workspace.carry grants: ${what}`, ...names].join("\n"));
}
