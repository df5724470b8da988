// What came of a piece whose transfer broke off: it waits for a day, and the next try goes on behind it.
import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, rename } from "node:fs/promises";
import { WORTH_KEEPING } from "../../guest/half.ts";

/** Its bytes, and the SHA-256 that has taken them in. */
export interface BegunPiece {
  bytes: number;
  hash: Hash;
}

/** Puts what waits there in the place of the new piece. It is a claim: the guest compares it with what it packs now. */
export async function takeUp(kept: string | undefined, file: string): Promise<BegunPiece> {
  const hash = createHash("sha256");
  const found = kept === undefined ? undefined : await lstat(kept).catch(() => undefined);
  if (kept === undefined || !found?.isFile()) return { bytes: 0, hash };
  await rename(kept, file);
  let bytes = 0;
  for await (const chunk of createReadStream(file)) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { bytes, hash };
}

/** False when it is not worth it: then it is where it was. */
export async function putAside(file: string, kept: string): Promise<boolean> {
  const found = await lstat(file).catch(() => undefined);
  if (found === undefined || found.size < WORTH_KEEPING) return false;
  return rename(file, kept).then(
    () => true,
    () => false,
  );
}
