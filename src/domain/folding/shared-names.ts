// Names of references that are one file or folder where a disk does not tell their spellings apart. Pure.
import { fold } from "../customs/odd-names.ts";

export interface SharedNames {
  add(name: string): void;
  /** Those that were added whose path and the name's part in spelling alone. */
  sharing(name: string): string[];
}

/** Names are bytes, one character each. */
export function sharedNames(names: readonly string[] = []): SharedNames {
  /** Each name and each folder above one, by the spelling that all share → as it is spelled → the names there. */
  const places = new Map<string, Map<string, string[]>>();
  const add = (name: string) => {
    for (const place of placesOf(name)) {
      const spellings = places.get(fold(place)) ?? new Map<string, string[]>();
      places.set(fold(place), spellings);
      const there = spellings.get(place) ?? [];
      spellings.set(place, there);
      there.push(name);
    }
  };
  const sharing = (name: string) => {
    const found = placesOf(name).flatMap((place) =>
      [...(places.get(fold(place)) ?? [])].flatMap(([other, there]) => (other === place ? [] : there)),
    );
    return [...new Set(found)];
  };
  for (const name of names) add(name);
  return { add, sharing };
}

/** `a/b/c` → `a`, `a/b`, `a/b/c`. */
function placesOf(name: string): string[] {
  const parts = name.split("/");
  return parts.map((_, at) => parts.slice(0, at + 1).join("/"));
}
