// Where in a work tree of this host a path of its configuration leads.
import { realpathSync } from "node:fs";
import { isAbsolute, join, normalize, relative } from "node:path";
import { fold } from "./odd-names.ts";

export interface Here {
  home: string;
  /** Work trees. */
  tops: readonly string[];
  commonDir: string;
}

export const tilde = (value: string, home: string): string => value.replace(/^~(?=\/|$)/, home);

/** Folded, as it is written and as links lead; empty for a path elsewhere. */
export function inTree(value: string, { home, tops }: Here, base: string): string[] {
  const written = tilde(value, home);
  return tops
    .flatMap((top) => {
      const place = isAbsolute(written) ? written : join(base === "" ? top : base, written);
      return [place, real(place)].flatMap((one) =>
        [top, real(top)].map((root) => normalize(relative(root, one)).replace(/\/+$/, "")),
      );
    })
    .filter((path) => path !== "." && path !== ".." && !path.startsWith("../"))
    .map((path) => fold(Buffer.from(path, "utf8").toString("latin1")));
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
