// Much of a save comes into the vault in a way that goes on where it broke off, before git's own fetch.
import { namedGitDirectory } from "../../../adapters/git.ts";
import type { Context } from "../../../context.ts";
import type { Target } from "../../../target.ts";
import type { Save } from "../../vault/save.ts";
import type { ToSave } from "../save.ts";
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

/** What has come lies under the references that the fetch makes: it then finds nothing to bring. */
export async function takeSaved(ctx: Context, target: Target, saving: Saving): Promise<void> {
  const { gitDir, save, bytes, limit, bound, update } = saving;
  const make = save.refs.map(({ name, oid }) => ({ ref: `refs/saves/${save.id}/${name}`, oid }));
  const oids = (all: readonly { oid: string }[]) => all.map(({ oid }) => oid).join();
  await takeMuch(ctx, target, {
    ...{ key: keyOf(saving), guest: { dir: saving.workspace.dir, place: "save" } },
    ...{ host: { directory: namedGitDirectory(gitDir), gitDir }, make, bytes, limit, bound, update },
    seconds: await secondsOf(ctx, saving),
    // Another save by its name, of the same workspace as it was.
    adopt: (begun) => (oids(begun) === oids(make) ? make : undefined),
    doing: "the save",
  });
}
