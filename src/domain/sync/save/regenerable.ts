// Ignored files that can be made again: the pattern list and the user's own, as one expression for the guest's grep.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "../../../context.ts";

/** Matches no path: those of the guest are relative. An empty expression would match every one. */
const NOTHING = "^/";

/** The expression for `grep -zE` on paths below a workspace; matches what need not be saved. */
export async function loadRegenerable(ctx: Pick<Context, "programDir" | "settings">): Promise<string> {
  const list = await readFile(join(ctx.programDir, "common", "regenerable.txt"), "utf8");
  return regenerableExpression([...list.split("\n"), ...ctx.settings.regenerable]);
}

/**
 * One extended regular expression of all patterns; empty lines and comments are left out. The rules of a pattern stand
 * at the top of common/regenerable.txt.
 */
export function regenerableExpression(patterns: readonly string[]): string {
  const usable = patterns
    .map((line) => line.trim())
    .filter((line) => /[^/]/.test(line) && !line.startsWith("#"));
  return usable.length === 0 ? NOTHING : usable.map(expression).join("|");
}

function expression(pattern: string): string {
  const begin = pattern.startsWith("/") ? "^" : "(^|/)";
  const end = pattern.endsWith("/") ? "/" : "(/|$)";
  return `${begin}${[...pattern.replaceAll(/^\/+|\/+$/g, "")].map(character).join("")}${end}`;
}

/** In brackets every character but these stands for itself, whatever the version of grep. */
function character(char: string): string {
  if (char === "*") return "[^/]*";
  if (char === "?") return "[^/]";
  if (char === "^" || char === "\\") return `\\${char}`;
  return /[[\](){}.+|$]/.test(char) ? `[${char}]` : char;
}
