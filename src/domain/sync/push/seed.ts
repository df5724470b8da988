// A second workspace of a repository begins with what another one in the VM has.

import { query } from "../../../adapters/git.ts";
import type { Context } from "../../../context.ts";
import { parsed } from "../../../guard/from-guest.ts";
import type { Target } from "../../../target.ts";
import { listWorkspaces } from "../../workspace/registry.ts";
import { originFor } from "../ensure.ts";
import { SEED } from "../guest/create.ts";
import { callGuest, nulSeparated } from "../guest.ts";
import type { Pairing } from "../pairing.ts";
import { fields, oidOrNothing } from "../parse.ts";
import type { Companions } from "./companions.ts";

/** An argument list may not grow without end; the newest workspaces come first. */
const MAX_SIBLINGS = 20;
/** A megabyte of names; what is left out travels again. */
const MAX_WANTED = 25_000;

export interface Seeded {
  /** The directory was begun. */
  begun: boolean;
  /** Commits and tags that are in it, with all they reach. */
  has: string[];
}

/**
 * Looks for objects in the VM that need not travel. Only what the host itself has is asked for: its branch, base, tags,
 * and what it knows of other workspaces. No call when there is no other workspace of the repository.
 */
export async function seedFromSibling(
  ctx: Context,
  target: Target,
  pair: Pairing,
  companions: Companions,
): Promise<Seeded> {
  const { repo, branch, workspace } = pair;
  const siblings = (await listWorkspaces(ctx))
    .filter((one) => one.repoId === repo.id && one.dir !== workspace.dir)
    .map((one) => one.dir)
    .slice(-MAX_SIBLINGS)
    .reverse();
  if (siblings.length === 0 || repo.shallow) return { begun: false, has: [] };
  const known = await query(ctx, repo.directory, ["for-each-ref", "--format=%(objectname)", "refs/agent-vm"]);
  const tips = [
    branch.oid,
    ...companions.missing.map((one) => one.oid),
    ...known.split("\n").filter(Boolean),
  ];
  const wanted = [...new Set(tips)].slice(0, MAX_WANTED);
  const place = [workspace.dir, branch.name, repo.objectFormat, await originFor(ctx, pair), repo.id];
  const call = {
    text: SEED,
    args: [...place, siblings.join("/")],
    data: nulSeparated(wanted, "latin1"),
  };
  const said = await callGuest(ctx, target, call);
  const found = new Set(parsed(said, fields).map(oidOrNothing));
  return { begun: true, has: wanted.filter((oid) => found.has(oid)) };
}
