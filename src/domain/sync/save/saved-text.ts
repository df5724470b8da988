// How a user is told what was saved, and how it comes back. Pure.
import { sanitize } from "../../../guard/sanitize.ts";
import { quote } from "../../../target.ts";
import type { Save } from "../../vault/save.ts";
import { quoted } from "../plan.ts";

/** A line for each save; `place` gives a save's directory. */
export const savedLines = (saves: readonly Save[], place: (save: Save) => string = () => ""): string[] =>
  saves.map((save) => {
    if (save.branch !== undefined) {
      const from = `what only ${sanitize(save.dir)} had (${save.id})`;
      return `Saved: ${from}. Bring it back, in ${sanitize(save.repoName)}, with: agent-vm restore ${quoted(save.branch)}`;
    }
    const files = save.files.map(({ file }) => quote(`${place(save)}/${file}`)).join(" ");
    return `Saved: ${sanitize(save.dir)} (${save.id}). Look into it with: tar -tvf ${files}`;
  });
