// Files of a workspace that git does not track and that an update would overwrite: it is refused by name.
import { gitBytes } from "../../../adapters/git-bytes.ts";
import type { Context } from "../../../context.ts";
import { parsed } from "../../../guard/from-guest.ts";
import type { Target } from "../../../target.ts";
import { IN_THE_WAY } from "../guest/in-the-way.ts";
import { callGuest, nulSeparated } from "../guest.ts";
import { type IncomingPath, type RawDiff, rawDiffOf } from "../incoming.ts";
import type { Pairing } from "../pairing.ts";
import { fields, textOf } from "../parse.ts";
import { pathsInTheWay, quoted } from "../plan.ts";
import { refusal } from "../refusal.ts";

/**
 * Throws UserError (4) when one of the paths is there already. `inside`: they are those of a submodule, with its path
 * and its git directory in the workspace.
 */
export async function refuseOverwriting(
  ctx: Context,
  target: Target,
  { branch, workspace }: Pick<Pairing, "branch" | "workspace">,
  incoming: readonly IncomingPath[],
  inside?: { path: string; gitDir: string },
): Promise<void> {
  const wanted = incoming.map(({ path, as }) => `${as === "file" ? "F" : "D"} ${path}`);
  if (wanted.length === 0) return;
  const args = [workspace.dir, ...(inside ? [inside.path, inside.gitDir] : [])];
  const said = await callGuest(ctx, target, {
    text: IN_THE_WAY,
    args,
    data: nulSeparated(wanted, "latin1"),
  });
  const above = inside ? `${inside.path}/` : "";
  const hits = parsed(said, fields).map((path) => `${above}${textOf(path)}`);
  if (hits.length === 0) return;
  const hint = `Move them away there, then push again: agent-vm connect ${quoted(branch.name)}`;
  throw refusal(pathsInTheWay(`the workspace ${workspace.dir}`, hits, hint));
}

export const EMPTY_TREE = {
  sha1: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
  sha256: "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
};

/** What git says to compare two commits, or trees. */
export async function rawDiff(
  ctx: Context,
  directory: string,
  old: string,
  now: string,
  ok: "any" | readonly number[] = [0],
): Promise<RawDiff> {
  const args = ["diff-tree", "-r", "--raw", "-z", "--no-renames", "--ignore-submodules=none", old, now, "--"];
  return rawDiffOf(await gitBytes(ctx, directory, args, { ok }));
}
