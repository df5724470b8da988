// Names of references that are one file or folder where a disk does not tell their spellings apart. Pure.
import { fold } from "../customs/odd-names.ts";

/** Those of `others` whose path and the name's part in spelling alone; bytes, one character each. */
export const sharing = (name: string, others: readonly string[]): string[] =>
  others.filter((other) => areOneFile(name.split("/"), other.split("/")));

function areOneFile(one: readonly string[], other: readonly string[]): boolean {
  const at = one.findIndex((part, index) => part !== other[index]);
  const [mine, theirs] = [one[at], other[at]];
  return mine !== undefined && theirs !== undefined && fold(mine) === fold(theirs);
}
