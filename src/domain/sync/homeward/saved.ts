// Much of a save comes into the vault in a way that goes on where it broke off, before git's own fetch.
import { namedGitDirectory } from "../../../adapters/git.ts";
import type { Made } from "../../../adapters/receive-pack.ts";
import type { Context } from "../../../context.ts";
import type { Target } from "../../../target.ts";
import type { Save } from "../../vault/save.ts";
import type { ToSave } from "../save/saving/what.ts";
import { partOf } from "./part.ts";
import { type Transfer, takeMuch } from "./take.ts";

type Of = Pick<ToSave, "workspace" | "repo" | "ignored">;

const keyOf = ({ workspace, repo, ignored }: Of): string[] => [
  "save",
  repo.id ?? "",
  workspace.dir,
  ignored ? "all" : "wip",
];

const NOW = Math.floor(Date.now() / 1000);
const times = new Map<string, number>();

/**
 * Seconds since 1970 for the commits of a workspace's snapshots. The same for all of this process, and for the one that
 * broke off before it: of an unchanged workspace they are equal then, to the last byte.
 */
export async function secondsOf(ctx: Context, of: Of): Promise<number> {
  const key = keyOf(of);
  const name = [ctx.paths.state, ...key].join("\0");
  const known = times.get(name) ?? (await partOf(ctx, key)).whole?.seconds ?? NOW;
  times.set(name, known);
  return known;
}

export interface Saving extends Of, Pick<Transfer, "bytes" | "limit" | "bound" | "update"> {
  gitDir: string;
  save: Pick<Save, "id" | "refs">;
}

/**
 * What has come lies under the references that the fetch makes: it then finds nothing to bring. Where an earlier try was
 * cut off and the workspace was changed since, the rest of that comes first, under references that are returned: what its
 * commits hold need not come again; files that no commit names do. They go when the save is there.
 */
export async function takeSaved(ctx: Context, target: Target, saving: Saving): Promise<string[]> {
  const { gitDir, save, bytes, limit, bound, update } = saving;
  const make = save.refs.map(({ name, oid }) => ({ ref: `refs/saves/${save.id}/${name}`, oid }));
  const much = {
    ...{ key: keyOf(saving), guest: { dir: saving.workspace.dir, place: "save" as const } },
    ...{ host: { directory: namedGitDirectory(gitDir), gitDir }, make, bytes, limit, bound, update },
    seconds: await secondsOf(ctx, saving),
    doing: "the save",
  } as const;
  let earlier: Made[] = [];
  const adopt = (begun: readonly Made[], size: number): readonly Made[] | undefined => {
    // Another save by its name, of the same workspace as it was.
    if (oidsOf(begun).join() === oidsOf(make).join()) return make;
    if (size > limit * MiB) return undefined;
    earlier = [...new Set(oidsOf(begun))].map((oid, at) => ({
      ref: `refs/saves/${save.id}/begun/${at}`,
      oid,
    }));
    return earlier;
  };
  const taken = await takeMuch(ctx, target, { ...much, adopt });
  if (!taken || earlier.length === 0) return [];
  await takeMuch(ctx, target, { ...much, adopt: () => undefined });
  return earlier.map(({ ref }) => ref);
}

const MiB = 1024 * 1024;
const oidsOf = (all: readonly { oid: string }[]): string[] => all.map(({ oid }) => oid);
