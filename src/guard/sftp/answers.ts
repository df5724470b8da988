// What the guest answers, held against what was asked: passed, changed, or refused. Pure.
import { plainAttributes } from "./attributes.ts";
import { isFileName } from "./names.ts";
import type { Answer } from "./requests.ts";
import { type Access, staysInside } from "./rules.ts";
import { Violation } from "./violation.ts";
import {
  type Cursor,
  expectEnd,
  namePacket,
  readBytes,
  readUint32,
  readUint64,
  STATUS,
  skip,
  skipBytes,
  statusPacket,
  TYPE,
} from "./wire.ts";

/** What was asked, as far as its answer must fit it. */
export interface Asked {
  id: number;
  answer: Answer;
  /** Bytes that a read asked for. */
  length?: number;
  /** Of a link: how many directories it lies below the mount's root. */
  depth?: number;
  /** What may be done with a name in the directory that is read, or with a link's target. */
  access: (path: string) => Access;
}

export interface Checked {
  /** Goes to the host instead of the packet. */
  instead?: Buffer;
  /** The handle that was given. */
  handle?: string;
  /** How many names the guest told. */
  names?: number;
  /** Why something was left out or refused, in a few words of ours. */
  note?: string;
}

const MAX_HANDLE = 256;
const MAX_STATUS = 8;
/** Linux gives a link no longer target; sshfs would cut one off, and what is left may be another. */
const MAX_PATH = 4095;

const EXPECTED: Record<Exclude<Answer, "status">, number> = {
  handle: TYPE.handle,
  data: TYPE.data,
  entries: TYPE.name,
  link: TYPE.name,
  path: TYPE.name,
  attributes: TYPE.attrs,
  figures: TYPE.extendedReply,
};

/** Throws Violation when the packet is no answer to what was asked. `cursor` stands after the id. */
export function checkAnswer(type: number, cursor: Cursor, asked: Asked): Checked {
  const { answer } = asked;
  if (type === TYPE.status) return status(cursor, answer);
  if (answer === "status" || type !== EXPECTED[answer])
    throw new Violation("an answer of another kind than asked for");
  const checked = CHECKS[answer](cursor, asked);
  expectEnd(cursor);
  return checked;
}

function status(cursor: Cursor, answer: Answer): Checked {
  const code = readUint32(cursor);
  if (code > MAX_STATUS) throw new Violation("a status that there is not");
  if (code === STATUS.ok && answer !== "status") throw new Violation("a success without what was asked for");
  // Servers of the first drafts leave the two texts out.
  if (cursor.at < cursor.bytes.length) {
    skipBytes(cursor);
    skipBytes(cursor);
  }
  expectEnd(cursor);
  return {};
}

const refused = (id: number, note: string): Checked => ({
  instead: statusPacket(id, STATUS.permissionDenied),
  note,
});

const CHECKS: Record<Exclude<Answer, "status">, (cursor: Cursor, asked: Asked) => Checked> = {
  handle: (cursor) => {
    const handle = readBytes(cursor);
    if (handle.length === 0 || handle.length > MAX_HANDLE)
      throw new Violation("a handle of a length that none has");
    return { handle: handle.toString("latin1") };
  },
  data: (cursor, { length = 0 }) => {
    if (skipBytes(cursor) > length) throw new Violation("more bytes than were asked for");
    return {};
  },
  attributes: (cursor, { id }) =>
    plainAttributes(cursor) ? {} : refused(id, "what is no file, directory or link"),
  entries,
  link,
  // Only for the path itself; sshfs does not ask it.
  path: (cursor) => {
    one(cursor);
    return {};
  },
  figures,
};

/** A NAME packet with a single entry: gives its name. */
function one(cursor: Cursor): Buffer {
  if (readUint32(cursor) !== 1) throw new Violation("another number of names than one");
  const name = readBytes(cursor);
  if (name.length > MAX_PATH) throw new Violation("a path longer than any");
  skipBytes(cursor);
  plainAttributes(cursor);
  return name;
}

function link(cursor: Cursor, { id, depth = 0, access }: Asked): Checked {
  const target = one(cursor).toString("latin1");
  if (!staysInside(depth, target)) return refused(id, "a link that leads out of the mount");
  return access(target) === "none" ? refused(id, "a link to what is hidden") : {};
}

function entries(cursor: Cursor, { id, access }: Asked): Checked {
  const count = readUint32(cursor);
  // sshfs asks on until a status comes: a listing of nothing would hold its caller for ever.
  if (count === 0) throw new Violation("a listing without names");
  const kept: Buffer[] = [];
  let note: string | undefined;
  for (let at = 0; at < count; at += 1) {
    const begin = cursor.at;
    const name = readBytes(cursor);
    skipBytes(cursor);
    const plain = plainAttributes(cursor);
    if (!isFileName(name)) note = "a name that no file can have";
    else if (!plain) note = "what is no file, directory or link";
    else if (access(name.toString("latin1")) !== "none") kept.push(cursor.bytes.subarray(begin, cursor.at));
  }
  return {
    names: count,
    ...(kept.length < count && { instead: namePacket(id, kept) }),
    ...(note !== undefined && { note }),
  };
}

const FIGURES = 11;
const MAX_BLOCK = 2n ** 24n;

/** What `df` shows; programs divide by the two sizes at its beginning. */
function figures(cursor: Cursor, { id }: Asked): Checked {
  const sizes = [readUint64(cursor), readUint64(cursor)];
  skip(cursor, (FIGURES - sizes.length) * 8);
  return sizes.every((size) => size > 0n && size <= MAX_BLOCK) ? {} : refused(id, "figures that no disk has");
}
