// How a user is told what was saved, and how it comes back. Pure.
import { sanitize } from "../../guard/sanitize.ts";
import type { Save } from "../vault/save.ts";
import { quoted } from "./plan.ts";

/** A line for each save. */
export const savedLines = (saves: readonly Save[]): string[] =>
  saves.map((save) =>
    save.branch === undefined
      ? `Saved: ${sanitize(save.dir)} (${save.id})`
      : `Saved: what only ${sanitize(save.dir)} had (${save.id}). Bring it back, in ${sanitize(save.repoName)}, with: agent-vm restore ${quoted(save.branch)}`,
  );
