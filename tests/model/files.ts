// What lies in a directory, byte by byte, without git's opinion of it.
import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";

export interface FileVersion {
  /** One character per byte. */
  path: string;
  /** The id that git gives these bytes as a blob, no filter asked. */
  hash: string;
  kind: "file" | "executable" | "link";
}

export function blobId(bytes: Uint8Array): string {
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

/** Every file below a directory but git's own at its top and in repositories inside it; without one of those at its top. */
export function filesBelow(directory: string, without?: string): Map<string, FileVersion> {
  const found = new Map<string, FileVersion>();
  walk(Buffer.from(directory), "", found, without);
  return found;
}

function walk(directory: Buffer, prefix: string, found: Map<string, FileVersion>, without?: string): void {
  for (const name of readdirSync(directory, { encoding: "buffer" })) {
    const bytes = Buffer.concat([directory, Buffer.from("/"), name]);
    const path = `${prefix}${name.toString("latin1")}`;
    if (name.toString("latin1") === ".git" || path === without) continue;
    const stat = lstatSync(bytes);
    if (stat.isDirectory()) {
      walk(bytes, `${path}/`, found);
    } else if (stat.isSymbolicLink()) {
      found.set(path, { path, hash: blobId(readlinkSync(bytes, { encoding: "buffer" })), kind: "link" });
    } else if (stat.isFile()) {
      const kind = (stat.mode & 0o100) !== 0 ? "executable" : "file";
      found.set(path, { path, hash: blobId(readFileSync(bytes)), kind });
    }
  }
}
