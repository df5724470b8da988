// The attributes of a file as the guest tells them: read strictly, dangerous mode bits taken away. Pure.

import { Violation } from "./violation.ts";
import { type Cursor, readUint32, readUint64, skip } from "./wire.ts";

const SIZE = 0x1;
const OWNER = 0x2;
const MODE = 0x4;
const TIMES = 0x8;
const KNOWN = SIZE | OWNER | MODE | TIMES;

const KIND = 0o170000;
const ORDINARY = [0o040000, 0o100000, 0o120000];
/** Without set-user-id, set-group-id, sticky, and what is no mode at all. */
const PLAIN_BITS = KIND | 0o777;

/** Beyond it a size is negative to a C program. */
const MAX_SIZE = 2n ** 63n - 1n;

/**
 * Passes over attributes. False for what is no file, directory or link (a device, a pipe, a socket, or of unknown
 * kind). Special mode bits are cleared in the packet itself.
 */
export function plainAttributes(cursor: Cursor): boolean {
  const flags = readUint32(cursor);
  if ((flags & ~KNOWN) !== 0) throw new Violation("attributes of an unknown form");
  if (flags & SIZE && readUint64(cursor) > MAX_SIZE) throw new Violation("a size that no file has");
  if (flags & OWNER) skip(cursor, 8);
  let plain = false;
  if (flags & MODE) {
    const at = cursor.at;
    const mode = readUint32(cursor);
    plain = ORDINARY.includes(mode & KIND);
    if (mode !== (mode & PLAIN_BITS)) cursor.bytes.writeUInt32BE(mode & PLAIN_BITS, at);
  }
  if (flags & TIMES) skip(cursor, 8);
  return plain;
}

/** Of the flags with which a request sets attributes. */
export const setsOwnerAlone = (flags: number): boolean => flags === OWNER;
