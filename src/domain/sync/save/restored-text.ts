// What a restored workspace is told like. Pure.
import { sanitize } from "../../../guard/sanitize.ts";
import { quoted } from "../plan.ts";
import { plural } from "../words.ts";
import type { Restored } from "./restore.ts";

/** Lines to say, the first one being what was done. */
export function restoredLines({ save, path, onHost }: Restored): string[] {
  const lines = [
    `~/${sanitize(path)} is back as it was at ${save.time.slice(0, 16).replace("T", " ")} (UTC).`,
  ];
  if (save.why === "wip") lines.push("That save came from fetch --wip: ignored files are not in it.");
  if (save.regenerable > 0) {
    const count = plural(save.regenerable, "ignored file");
    lines.push(`${count} that can be made again (node_modules and the like) had not been saved.`);
  }
  if (save.branch !== undefined && !onHost) {
    const branch = sanitize(save.branch);
    lines.push(`The host has no branch "${branch}". To have it: agent-vm fetch ${quoted(save.branch)}`);
  }
  lines.push(`The save stays in the vault. When it is not needed any more: agent-vm trash drop ${save.id}`);
  return lines;
}
