// Files that are something else by a link of the tree: who changes conf/npmrc changes .npmrc where that leads to it. Pure.
import { fold, withParents } from "./odd-names.ts";

/** Hops of one path, as a system counts them. */
const MAX_HOPS = 40;
/** Links below a directory that is one by a link, and so on. */
const MAX_DEPTH = 3;
/** Each such link was asked about when it came: nobody said yes to this many. */
const MAX_NOTES = 10_000;

/**
 * What else a path is by links. `links`: paths of the tree with their targets, as bytes; those that are `asked` about,
 * also by way of another one of these, are followed, and so are the links on the way. Takes and gives folded paths;
 * nearly all are nothing else.
 */
export function throughLinks(
  links: ReadonlyMap<string, string>,
  asked: (path: string) => boolean,
): (path: string) => string[] {
  const tree = new Map([...links].map(([path, target]) => [fold(path), fold(target)]));
  const notes = new Map<string, Set<string>>();
  let count = 0;
  const note = (place: string, as: string): boolean => {
    const names = notes.get(place) ?? new Set();
    if (names.has(as) || count >= MAX_NOTES) return false;
    count += 1;
    notes.set(place, names.add(as));
    return true;
  };
  const follow = (start: string, as: string, depth: number) => {
    let at: string | undefined = start;
    for (let hop = 0; at !== undefined && hop < MAX_HOPS; hop += 1) {
      if (at !== as && !note(at, as)) return;
      const link = linkOn(tree, at);
      if (link === undefined) {
        if (depth < MAX_DEPTH) below(at, as, depth + 1);
        return;
      }
      if (link !== at) note(link, as);
      at = resolve(link, tree.get(link) ?? "", at);
    }
  };
  const below = (place: string, as: string, depth: number) => {
    for (const path of tree.keys()) {
      if (place !== "" && !path.startsWith(`${place}/`)) continue;
      const name = join(as, place, path);
      if (asked(name)) follow(path, name, depth);
    }
  };
  for (const path of tree.keys()) if (asked(path)) follow(path, path, 0);
  if (notes.size === 0) return () => [];
  return (path) =>
    [...withParents(path), ""].flatMap((place) =>
      [...(notes.get(place) ?? [])].map((as) => (place === path ? as : join(as, place, path))),
    );
}

/** `path`, which is below `place`, as what is below `as`. */
const join = (as: string, place: string, path: string): string =>
  `${as}/${path.slice(place === "" ? 0 : place.length + 1)}`;

/** The link nearest to the root on the way to a path. */
const linkOn = (tree: ReadonlyMap<string, string>, path: string): string | undefined =>
  [...withParents(path)].reverse().find((place) => tree.has(place));

/** Where `path` is by the link above it or in its place; undefined outside of the tree. */
function resolve(link: string, target: string, path: string): string | undefined {
  if (target.startsWith("/")) return undefined;
  const names = link.split("/").slice(0, -1);
  for (const name of [...target.split("/"), ...path.slice(link.length).split("/")]) {
    if (name === "" || name === ".") continue;
    if (name !== "..") names.push(name);
    else if (names.pop() === undefined) return undefined;
  }
  return names.join("/");
}
