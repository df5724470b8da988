// What a request of the host's asks for: its kind, its paths, whether it changes anything. Pure.
import { setsOwnerAlone } from "./attributes.ts";
import { type Cursor, expectEnd, readBytes, readUint32, readUint64, skip, skipBytes, TYPE } from "./wire.ts";

/** What an answer may be, besides a status. */
export type Answer = "status" | "handle" | "data" | "entries" | "link" | "path" | "attributes" | "figures";

export interface Request {
  id: number;
  answer: Answer;
  /** Paths that it names, one character per byte; a link's target is none. */
  paths: readonly string[];
  handle?: string;
  /** It makes, changes or removes something. */
  writes: boolean;
  /** It can make something that was not there. */
  creates: boolean;
  /** It sets nothing but the owner. */
  ownerAlone?: boolean;
  /** Bytes that a read asks for. */
  length?: number;
  /** What a new link is to lead to. */
  target?: string;
  /** It asks for the next names of a directory. */
  lists?: boolean;
  /** The end of a file or directory that was open. */
  closes?: boolean;
}

type Body = Omit<Request, "id">;
type Reader = (cursor: Cursor) => Body;

const text = (cursor: Cursor): string => readBytes(cursor).toString("latin1");

const onPath =
  (answer: Answer, writes = false, creates = false): Reader =>
  (cursor) => ({ answer, paths: [text(cursor)], writes, creates });
const onHandle =
  (answer: Answer, writes = false): Reader =>
  (cursor) => ({ answer, paths: [], handle: text(cursor), writes, creates: false });

const OPEN = { write: 0x2, append: 0x4, create: 0x8, truncate: 0x10 } as const;
const CHANGES = OPEN.write | OPEN.append | OPEN.create | OPEN.truncate;

const twoPaths: Reader = (cursor) => ({
  answer: "status",
  paths: [text(cursor), text(cursor)],
  writes: true,
  creates: true,
});

/** The flags of attributes to set, with their values passed over. */
function attributeFlags(cursor: Cursor): number {
  const flags = readUint32(cursor);
  skip(cursor, (flags & 1 ? 8 : 0) + (flags & 2 ? 8 : 0) + (flags & 4 ? 4 : 0) + (flags & 8 ? 8 : 0));
  return flags;
}

const withAttributes =
  (reader: Reader): Reader =>
  (cursor) => {
    const body = reader(cursor);
    return { ...body, ownerAlone: !body.creates && setsOwnerAlone(attributeFlags(cursor)) };
  };

const READERS: Record<number, Reader> = {
  [TYPE.open]: (cursor) => {
    const path = text(cursor);
    const flags = readUint32(cursor);
    attributeFlags(cursor);
    const [writes, creates] = [(flags & CHANGES) !== 0, (flags & OPEN.create) !== 0];
    return { answer: "handle", paths: [path], writes, creates };
  },
  [TYPE.close]: (cursor) => ({ ...onHandle("status")(cursor), closes: true }),
  [TYPE.read]: (cursor) => {
    const body = onHandle("data")(cursor);
    readUint64(cursor);
    return { ...body, length: readUint32(cursor) };
  },
  [TYPE.write]: (cursor) => {
    const body = onHandle("status", true)(cursor);
    readUint64(cursor);
    skipBytes(cursor);
    return body;
  },
  [TYPE.lstat]: onPath("attributes"),
  [TYPE.fstat]: onHandle("attributes"),
  [TYPE.setstat]: withAttributes(onPath("status", true)),
  [TYPE.fsetstat]: withAttributes(onHandle("status", true)),
  [TYPE.opendir]: onPath("handle"),
  [TYPE.readdir]: (cursor) => ({ ...onHandle("entries")(cursor), lists: true }),
  [TYPE.remove]: onPath("status", true),
  [TYPE.mkdir]: (cursor) => {
    const body = onPath("status", true, true)(cursor);
    attributeFlags(cursor);
    return body;
  },
  [TYPE.rmdir]: onPath("status", true),
  [TYPE.realpath]: onPath("path"),
  [TYPE.stat]: onPath("attributes"),
  [TYPE.rename]: twoPaths,
  [TYPE.readlink]: onPath("link"),
  // OpenSSH has the target first, other than the draft.
  [TYPE.symlink]: (cursor) => ({
    answer: "status",
    target: text(cursor),
    paths: [text(cursor)],
    writes: true,
    creates: true,
  }),
};

/** The extensions that sshfs uses; a server's others are not told to it. */
const EXTENSIONS: Record<string, Reader> = {
  "posix-rename@openssh.com": twoPaths,
  "hardlink@openssh.com": twoPaths,
  "statvfs@openssh.com": onPath("figures"),
  "fstatvfs@openssh.com": onHandle("figures"),
  "fsync@openssh.com": onHandle("status"),
};

export const isKnownExtension = (name: string): boolean => Object.hasOwn(EXTENSIONS, name);

const extension = (name: string) => (isKnownExtension(name) ? EXTENSIONS[name] : undefined);

/** Reads a packet from the host; "unknown" when it is a request of another kind. Throws Violation when it is damaged. */
export function readRequest(packet: Buffer): Request | { id: number; unknown: true } {
  const type = packet[4] ?? 0;
  const cursor: Cursor = { bytes: packet, at: 5 };
  const id = readUint32(cursor);
  const reader = type === TYPE.extended ? extension(text(cursor)) : READERS[type];
  if (reader === undefined) return { id, unknown: true };
  const body = reader(cursor);
  expectEnd(cursor);
  return { id, ...body };
}
