// What a guarded connection allows, as the mount was asked for; and what it says of a path. Pure.
import { meansGit } from "./names.ts";

export interface GuardRules {
  git: "hidden" | "read-only" | "visible";
  /** Names of files and directories that are left out of the mount, wherever they are. */
  hide: readonly string[];
  readOnly: boolean;
}

/** What may be done with a path: nothing, as if it were not there; reading; everything. */
export type Access = "none" | "read" | "all";

/** One question for many paths, prepared once. Paths have one character per byte. */
export function accessOf(rules: GuardRules): (path: string) => Access {
  const hidden = new Set(rules.hide.map((name) => Buffer.from(name, "utf8").toString("latin1")));
  const usual: Access = rules.readOnly ? "read" : "all";
  if (rules.git === "visible" && hidden.size === 0) return () => usual;
  const maybeGit = rules.git === "visible" ? /(?!)/ : /git|[^\x20-\x7e]/i;
  return (path) => {
    if (hidden.size === 0 && !maybeGit.test(path)) return usual;
    const names = path.split("/");
    if (names.some((name) => hidden.has(name))) return "none";
    if (rules.git === "visible" || !names.some(meansGit)) return usual;
    return rules.git === "hidden" ? "none" : "read";
  };
}

/**
 * True when a link in the directory `path` (components below the mount's root) leads to a place in the mount, whatever
 * the directories on its way are. ".." only at its beginning: after a name it may be a link's other end that is left.
 */
export function staysInside(depth: number, target: string): boolean {
  if (target === "" || target.startsWith("/") || target.includes("\0")) return false;
  const names = target.split("/").filter((name) => name !== "" && name !== ".");
  const ups = names.findIndex((name) => name !== "..");
  const up = ups < 0 ? names.length : ups;
  return up <= depth && !names.slice(up).includes("..");
}
