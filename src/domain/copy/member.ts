// Which members of the VM's archive become files of the host, and under which name. Pure.
import { isFileName, meansGit } from "../../guard/sftp/names.ts";
import { staysInside } from "../../guard/sftp/rules.ts";
import { fold, isDisguisedGit } from "../customs/odd-names.ts";
import { type Source, strange } from "./head.ts";

/** As the archive has it; texts with one character per byte. */
export interface Told {
  name: string;
  type: string | null;
  target: string;
}

/** Why a member is left out. */
export type Reason = "git" | "head" | "link" | "special" | "name" | "collision";

export type Judged =
  /** `path` lies below the source with that index; "" is the source itself. */
  { as: "file" | "directory" | "link"; index: number; path: string } | { as: "left out"; why: Reason };

/** A path that is longer fits nowhere with what stands before it. */
const LONGEST = 3000;
/** What Linux and macOS hold in a link is shorter than 4,096 and 1,024 bytes. */
const LONGEST_TARGET = 1000;
/** With the source's own path; an archive's header could give megabytes to look through. */
const LONGEST_TOLD = 8192;

/** `folds`: the host's file system takes names for the same that differ in case or form. */
export function createJudge(sources: readonly Source[], folds: boolean): (told: Told) => Judged {
  let current = 0;
  const directories = new Set<string>();
  const seen = new Set<string>();
  const leaveOut = (why: Reason): Judged => ({ as: "left out", why });

  /** Sources come in the order in which they were announced. */
  const locate = (name: string): { index: number; path: string } => {
    const here = belowOf(sources[current], name);
    if (here !== undefined && !(here !== "" && seen.has(keyOf(current, here))))
      return { index: current, path: here };
    const next = sources.findIndex(({ real }, index) => index > current && real === name);
    if (next < 0 && here === undefined) throw strange();
    if (next < 0) return { index: current, path: here ?? "" };
    current = next;
    return { index: next, path: "" };
  };

  return ({ name: told, type, target }) => {
    if (told.length > LONGEST_TOLD) return leaveOut("name");
    if (target.length > LONGEST_TARGET) return leaveOut("link");
    // A name of an extended header may have characters that are no bytes: cut to bytes they would be others.
    if (!isBytes(told) || !isBytes(target)) throw strange();
    const { index, path } = locate(told.replace(/\/+$/, ""));
    const names = path === "" ? [] : path.split("/");
    if (!names.every(isName) || path.length > LONGEST) return leaveOut("name");
    if (isDisguisedGit(path) || names.some(meansGit)) return leaveOut("git");
    const as = type === "directory" ? type : type === "symlink" ? "link" : isFile(type) ? "file" : undefined;
    if (as === undefined) return leaveOut("special");
    if (as !== "directory" && isHead(names.at(-1) ?? sources[index]?.name ?? "", folds))
      return leaveOut("head");
    if (as === "link" && !isInside(names, target)) return leaveOut("link");
    const above = names.slice(0, -1).join("/");
    // Whoever was left out takes with it what lies below; a link is never a directory here.
    if (names.length > 0 && !directories.has(keyOf(index, above))) return leaveOut("name");
    const key = keyOf(index, folds ? fold(path) : path);
    if (seen.has(key)) return leaveOut("collision");
    seen.add(key);
    if (as === "directory") directories.add(keyOf(index, path));
    return { as, index, path };
  };
}

/** What no repository is without: git obeys the configuration beside it, a bare one's without any ".git". */
const isHead = (name: string, folds: boolean): boolean =>
  (folds ? fold(name) : name) === (folds ? "head" : "HEAD");

const LAST_BYTE = 0xff;
const isBytes = (text: string): boolean => [...text].every((one) => (one.codePointAt(0) ?? 0) <= LAST_BYTE);
const isFile = (type: string | null): boolean => type === "file" || type === "contiguous-file";
const isName = (name: string): boolean =>
  name !== "." && name !== ".." && isFileName(Buffer.from(name, "latin1"));
const keyOf = (index: number, path: string): string => `${index}/${path}`;

function belowOf(source: Source | undefined, name: string): string | undefined {
  if (source === undefined) return undefined;
  if (name === source.real) return "";
  return name.startsWith(`${source.real}/`) ? name.slice(source.real.length + 1) : undefined;
}

/** In the directory that is copied, whatever lies at its destination already; never into git's own. */
function isInside(names: readonly string[], target: string): boolean {
  if (names.length === 0 || isDisguisedGit(target) || target.split("/").some(meansGit)) return false;
  return staysInside(names.length - 1, target);
}
