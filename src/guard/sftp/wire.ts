// Reads and writes the fields of SFTP version 3 (draft-ietf-secsh-filexfer-02). Pure.
import { Violation } from "./violation.ts";

/** The kinds of packet, by their byte. */
export const TYPE = {
  init: 1,
  version: 2,
  open: 3,
  close: 4,
  read: 5,
  write: 6,
  lstat: 7,
  fstat: 8,
  setstat: 9,
  fsetstat: 10,
  opendir: 11,
  readdir: 12,
  remove: 13,
  mkdir: 14,
  rmdir: 15,
  realpath: 16,
  stat: 17,
  rename: 18,
  readlink: 19,
  symlink: 20,
  status: 101,
  handle: 102,
  data: 103,
  name: 104,
  attrs: 105,
  extended: 200,
  extendedReply: 201,
} as const;

export const STATUS = { ok: 0, noSuchFile: 2, permissionDenied: 3, failure: 4, unsupported: 8 } as const;
export type Status = (typeof STATUS)[keyof typeof STATUS];

/** A place in a packet; each read moves it, and throws Violation at the packet's end. */
export interface Cursor {
  readonly bytes: Buffer;
  at: number;
}

function take(cursor: Cursor, length: number): number {
  const { at } = cursor;
  if (length > cursor.bytes.length - at) throw new Violation("a packet that is cut off");
  cursor.at += length;
  return at;
}

export const readUint32 = (cursor: Cursor): number => cursor.bytes.readUInt32BE(take(cursor, 4));

export const readUint64 = (cursor: Cursor): bigint => cursor.bytes.readBigUInt64BE(take(cursor, 8));

export function readBytes(cursor: Cursor): Buffer {
  const length = readUint32(cursor);
  const at = take(cursor, length);
  return cursor.bytes.subarray(at, at + length);
}

/** Passes over a string and gives its length. */
export function skipBytes(cursor: Cursor): number {
  const length = readUint32(cursor);
  take(cursor, length);
  return length;
}

export const skip = (cursor: Cursor, length: number): void => void take(cursor, length);

/** Nothing may follow: two readers of one packet must not see two packets. */
export function expectEnd({ bytes, at }: Cursor): void {
  if (at !== bytes.length) throw new Violation("a packet with bytes after its end");
}

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

const string = (value: Buffer): Buffer[] => [uint32(value.length), value];

/** A whole packet with its length. */
export function packet(type: number, ...fields: readonly Buffer[]): Buffer {
  const body = Buffer.concat([Buffer.from([type]), ...fields]);
  return Buffer.concat([uint32(body.length), body]);
}

const NOTHING = string(Buffer.alloc(0));

export const statusPacket = (id: number, status: Status): Buffer =>
  packet(TYPE.status, uint32(id), uint32(status), ...NOTHING, ...NOTHING);

/** `entries`: each as it was, with name, long name and attributes. */
export const namePacket = (id: number, entries: readonly Buffer[]): Buffer =>
  packet(TYPE.name, uint32(id), uint32(entries.length), ...entries);

export const versionPacket = (version: number, extensions: readonly (readonly [Buffer, Buffer])[]): Buffer =>
  packet(TYPE.version, uint32(version), ...extensions.flat().flatMap(string));
