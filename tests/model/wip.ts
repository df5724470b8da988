// `fetch --wip` brings everything home that is not ignored: each of it must be in the vault or on the host afterwards.
import type { Doing } from "./host-check.ts";
import type { Kept } from "./kept.ts";
import { isMarked } from "./look.ts";
import { EMPTY } from "./oracle.ts";

export function wipViolations(doing: Doing, after: Kept, dir: string | undefined): string[] {
  const there = dir === undefined ? undefined : after.workspaces.get(dir);
  if (!doing.argv.includes("--wip") || doing.exit !== 0 || there === undefined) return [];
  const { seen } = there;
  const home = (id: string) => EMPTY.includes(id) || after.vault.has(id) || after.host.has(id);
  // A repository inside it, committed as a link or untracked, has a history of its own: `clean` saves it, --wip need not.
  const links = new Set([
    ...seen.index.filter(isLink).map((line) => `${pathOf(line)}/`),
    ...[...seen.dirty].filter((path) => path.endsWith("/")),
  ]);
  const wanted = (path: string) =>
    isMarked(seen.dirty, path) && !isMarked(seen.ignored, path) && !isMarked(links, path);
  const files = [...seen.files.values()].filter(({ path, hash }) => wanted(path) && !home(hash));
  const staged = seen.index.filter((line) => !isLink(line) && wanted(pathOf(line)) && !home(idOf(line)));
  return [
    ...files.map(({ path }) => `--wip left ${JSON.stringify(path)} behind`),
    ...staged.map((line) => `--wip left the staged version ${JSON.stringify(line)} behind`),
    ...seen.stashes.filter((id) => !home(id)).map((id) => `--wip left the stash ${id} behind`),
  ];
}

const isLink = (line: string): boolean => line.startsWith("160000 ");
const pathOf = (line: string): string => line.slice(line.indexOf("\t") + 1);
const idOf = (line: string): string => line.split(" ")[1] ?? "";
