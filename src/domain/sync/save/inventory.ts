// What lives in the VM beside the workspaces of the map: what `destroy` saves as it is, and what it only names.

import type { Context } from "../../../context.ts";
import { UserError } from "../../../errors.ts";
import { parsed } from "../../../guard/from-guest.ts";
import { sanitize } from "../../../guard/sanitize.ts";
import type { Target } from "../../../target.ts";
import { sizeText } from "../../consent.ts";
import { INVENTORY, MEASURE } from "../guest/inventory.ts";
import { callGuest, nulSeparated } from "../guest.ts";
import { isOurs } from "../leftovers.ts";
import { fields, textOf } from "../parse.ts";

/** Something that the tool did not make: below the agent's home, its path as bytes. */
export interface Other {
  path: string;
  /** Cleaned, for people. */
  title: string;
  bytes: number;
}

export interface Inventory {
  others: Other[];
  /** What is not saved, a cleaned line each. */
  named: string[];
}

interface Listed {
  entries: string[];
  repos: string[];
  named: string[];
}

const KINDS: Record<string, string> = {
  "=login": "login",
  "=transcript": "transcripts",
  "=volume": "volumes of containers",
};

/** The answer of INVENTORY. Throws UserError when it is not one, or cut off. */
export function parseInventory(answer: string): Listed {
  const words = fields(answer);
  const found: Listed = { entries: [], repos: [], named: [] };
  let at = 0;
  const next = (): string => words[at++] ?? "";
  if (words.at(-1) !== "=done") throw notUnderstood();
  while (at < words.length - 1) {
    const kind = next();
    if (kind === "=entry") found.entries.push(next());
    else if (kind === "=repo") found.repos.push(next());
    else if (KINDS[kind] !== undefined) {
      const kib = next();
      if (!/^\d{1,15}$/.test(kib)) throw notUnderstood();
      found.named.push(`${KINDS[kind]}: ~/${sanitize(textOf(next()))} (${sizeText(Number(kib) * 1024)})`);
    } else throw notUnderstood();
  }
  return found;
}

const notUnderstood = (): UserError =>
  new UserError("The VM's answer about what lives in it is not understood.", {
    hint: "If this stays, look at it with: agent-vm connect",
  });

/** Paths below the agent's home, as bytes, beside the directories of ~/workspace that are `known`. */
async function listOthers(ctx: Context, target: Target, known: readonly string[]) {
  const said = await callGuest(ctx, target, { text: INVENTORY });
  const { entries, repos, named } = parsed(said, parseInventory);
  const orphans = entries.filter((name) => !known.includes(name) && !isOurs(name));
  return { paths: [...orphans.map((name) => `workspace/${name}`), ...repos], named };
}

/** What has come since the inventory: titles, cleaned. `known`: what the workspaces' directories are called by now. */
export async function newSince(
  ctx: Context,
  target: Target,
  known: readonly string[],
  before: Inventory,
): Promise<string[]> {
  const { paths } = await listOthers(ctx, target, known);
  return paths.filter((path) => !before.others.some((one) => one.path === path)).map(titleOf);
}

const titleOf = (path: string): string => `~/${sanitize(textOf(path))}`;

/** `known`: directories of ~/workspace that are looked at and saved as workspaces. */
export async function takeInventory(
  ctx: Context,
  target: Target,
  known: readonly string[],
): Promise<Inventory> {
  const { paths, named } = await listOthers(ctx, target, known);
  if (paths.length === 0) return { others: [], named };
  const data = nulSeparated(paths, "latin1");
  const said = await callGuest(ctx, target, { text: MEASURE, data });
  const sizes = parsed(said, fields);
  if (sizes.length !== paths.length || !sizes.every((size) => /^\d{1,15}$/.test(size))) throw notUnderstood();
  const others = paths.map((path, at) => ({
    path,
    title: titleOf(path),
    bytes: Number(sizes[at]) * 1024,
  }));
  return { others, named };
}
