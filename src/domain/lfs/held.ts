// What a workspace holds of large files (Git LFS), read from its answer. Pure.
import { isOid, type Pointer } from "./pointer.ts";

/** A file of the workspace's store. */
export interface StoredFile {
  /** Below the workspace's directory; bytes, one character each. */
  path: string;
  /** Undefined for what is not an object in its place. */
  pointer: Pointer | undefined;
}

/** "kind path size" of a file in the store; undefined when it is not that. */
export function parseStored(entry: string): StoredFile | undefined {
  const [, kind, path = "", size] = /^([a-zA-Z?]) (.+) (\d{1,15})$/s.exec(entry) ?? [];
  if (size === undefined || path.startsWith("/") || path.split("/").includes("..")) return undefined;
  const [one, two, oid = "", ...more] = path.split("/");
  const inPlace =
    kind === "f" && more.length === 0 && isOid(oid) && one === oid.slice(0, 2) && two === oid.slice(2, 4);
  const pointer = inPlace ? { oid, size: Number(size) } : undefined;
  return { path: `.git/lfs/objects/${path}`, pointer };
}

/** "oid size"; undefined when it is not that. */
export function parseHeld(entry: string): Pointer | undefined {
  const [, oid = "", size] = /^([0-9a-f]{64}) (\d{1,15})$/.exec(entry) ?? [];
  return size === undefined ? undefined : { oid, size: Number(size) };
}

/** How an object stands among the ids of what the host has. */
export const keyOf = ({ oid, size }: Pointer): string => `${oid} ${size}`;
