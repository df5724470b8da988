// What the VM announces before it sends files: how much, and which of the asked paths became which source. Pure.
import { EXIT, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { isFileName, meansGit } from "../../guard/sftp/names.ts";
import { textOfBytes } from "../customs/odd-names.ts";
import { isPattern, nameTest } from "./glob.ts";
import { nameOf } from "./place.ts";

/** One file or directory that comes; texts have one character per byte. */
export interface Source {
  /** Its name at the destination; "" for the content of a directory. */
  name: string;
  /** As the members of the archive begin: compared, never used as a path. */
  real: string;
}

export interface Head {
  bytes: number;
  members: number;
  sources: Source[];
}

export interface Asked {
  /** As typed, below the workspace's top. */
  paths: readonly string[];
  /** The workspace's directory: the name of what "branch:" means. */
  dir: string;
  branch: string;
}

const NUMBER = /^\d{1,15}$/;
const END = "\0";

/**
 * The head of the stream and the length it has, or undefined while it is not all there. A source has the name that was
 * asked for; where a pattern was asked for, a name that the pattern matches here, too. Throws UserError.
 */
export function readHead(text: string, asked: Asked): { head: Head; length: number } | undefined {
  const fields: string[] = [];
  let at = 0;
  const next = (): string | undefined => {
    const end = text.indexOf(END, at);
    if (end < 0) return undefined;
    fields.push(text.slice(at, end));
    at = end + 1;
    return fields.at(-1);
  };
  const word = next();
  if (word === undefined) return undefined;
  if (word === "gone") throw gone(asked.branch);
  if (word !== "ok" && word !== "missing") throw strange();
  const [first, members, count] = word === "ok" ? [next(), next(), next()] : [next(), "0", "0"];
  if (first === undefined || members === undefined || count === undefined) return undefined;
  if (![first, members, count].every((number) => NUMBER.test(number))) throw strange();
  if (word === "missing") throw missing(asked, Number(first));
  const told: [index: string, name: string, real: string][] = [];
  for (let left = Number(count); left > 0; left -= 1) {
    const [index, name, real] = [next(), next(), next()];
    if (index === undefined || name === undefined || real === undefined) return undefined;
    told.push([index, name, real]);
  }
  // Looked at once, when all of it is there.
  const sources: Source[] = [];
  const indexes = new Set<number>();
  for (const [index, name, real] of told) {
    const path = asked.paths[Number(index)] ?? "";
    if (indexes.has(Number(index)) && !isPattern(path)) throw strange();
    indexes.add(Number(index));
    sources.push({ name: checkedName(asked, Number(index), name), real });
  }
  if (asked.paths.some((_, index) => !indexes.has(index))) throw strange();
  refuseTwice(sources);
  return { head: { bytes: Number(first), members: Number(members), sources }, length: at };
}

function checkedName({ paths, dir }: Asked, index: number, told: string): string {
  const path = paths[index];
  if (path === undefined) throw strange();
  if (path === "") return dir;
  const last = nameOf(path);
  const name = Buffer.from(last).toString("latin1");
  if (told === name || !isPattern(path)) return name;
  const bytes = Buffer.from(told, "latin1");
  const fits = isFileName(bytes) && told !== "." && told !== ".." && !meansGit(told);
  if (fits && nameTest(last)(told)) return told;
  throw new UserError(`The VM sends "${sanitize(textOfBytes(told))}", which was not asked for.`, {
    exit: EXIT.refused,
  });
}

/** Two of one name would be one file at the destination. */
function refuseTwice(sources: readonly Source[]): void {
  const seen = new Set<string>();
  for (const { name } of sources) {
    if (name !== "" && seen.has(name)) {
      throw new UserError(`Two of the sources are called "${sanitize(textOfBytes(name))}".`, {
        hint: "Copy them one after the other, to different places.",
        exit: EXIT.usage,
      });
    }
    seen.add(name);
  }
}

const missing = ({ paths, branch }: Asked, index: number): UserError => {
  const path = sanitize(paths[index] ?? "");
  return new UserError(`There is no ${path} in the workspace of "${sanitize(branch)}".`, {
    hint: "Paths begin at the workspace's top; agent-vm connect <branch> -- ls shows what is there.",
  });
};

export const gone = (branch: string): UserError =>
  new UserError(`The workspace of "${sanitize(branch)}" is not in the VM any more.`, {
    hint: "Bring it back with: agent-vm restore, or make a new one with: agent-vm connect <branch>",
  });

export const strange = (): UserError =>
  new UserError("The VM sends something that is no copy.", {
    hint: "See whether it is well: agent-vm doctor",
    exit: EXIT.refused,
  });
