// `fetch --wip` brings everything home that is not ignored: each of it must be in the vault or on the host afterwards.
import type { Doing } from "./host-check.ts";
import type { Kept } from "./kept.ts";
import { indexed, indexIds, isMarked } from "./look.ts";
import { EMPTY } from "./oracle.ts";

export function wipViolations(doing: Doing, after: Kept, dir: string | undefined): string[] {
  const there = dir === undefined ? undefined : after.workspaces.get(dir);
  if (!doing.argv.includes("--wip") || doing.exit !== 0 || there === undefined) return [];
  const { seen } = there;
  const home = (id: string) => EMPTY.includes(id) || after.vault.has(id) || after.host.has(id);
  const inIndex = indexed(seen);
  // A repository that is committed as a link has its own history: `clean` saves it, --wip need not.
  const links = new Set(
    seen.index
      .filter((line) => line.startsWith("160000 "))
      .map((line) => `${line.slice(line.indexOf("\t") + 1)}/`),
  );
  const files = [...seen.files.values()].filter(({ path, hash }) => {
    if (isMarked(links, path)) return false;
    if (isMarked(seen.ignored, path) || home(hash)) return false;
    const clean = inIndex.has(path) && !isMarked(seen.dirty, path);
    return !(clean && home(inIndex.get(path) ?? ""));
  });
  return [
    ...files.map(({ path }) => `--wip left ${JSON.stringify(path)} behind`),
    ...indexIds(seen)
      .filter((id, at) => !home(id) && !(seen.index[at] ?? "").startsWith("160000 "))
      .map((id) => `--wip left the staged version ${id} behind`),
    ...seen.stashes.filter((id) => !home(id)).map((id) => `--wip left the stash ${id} behind`),
  ];
}
