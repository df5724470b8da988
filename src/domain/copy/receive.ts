// The VM's stream as checked members: its head, then an archive within the bounds that the head set.
import { EXIT, UserError } from "../../errors.ts";
import { bytesText } from "../../io/bytes-text.ts";
import type { TarMember } from "../../io/tar.ts";
import { type Asked, type Head, readHead, strange } from "./head.ts";

export interface Received {
  head: Head;
  members: AsyncIterable<TarMember>;
}

export interface Bounds {
  /** Bytes that may come in all; `Infinity` for none. */
  free: number;
  onBytes: (bytes: number) => void;
}

const LONGEST_HEAD = 4 * 1024 * 1024;
/** A file may grow while it is read, and each member has a header. */
const SLACK = 64 * 1024 * 1024;
const HEADERS = 4 * 1024;
/** Names are kept until the end, each with what that takes beside its length. */
const NAMES = 512 * 1024 * 1024;
const ONE_NAME = 64;

const KEPT_FREE = 1024 * 1024 * 1024;
const SHARE_KEPT = 10;

/** What of a disk's free bytes a copy may take: the VM says how much comes, and other programs need some, too. */
export const roomIn = (free: number): number => Math.floor(free - Math.min(KEPT_FREE, free / SHARE_KEPT));

/** Reads the head; the members are read as they are asked for. Throws UserError for what is no copy. */
export async function receive(
  stream: AsyncIterable<Uint8Array>,
  asked: Asked,
  bounds: (head: Head) => Promise<Bounds>,
): Promise<Received> {
  const chunks = stream[Symbol.asyncIterator]();
  let text = "";
  for (;;) {
    const { done, value } = await chunks.next();
    if (done) throw cut();
    text += Buffer.from(value).toString("latin1");
    const read = readHead(text, asked);
    if (!read && text.length > LONGEST_HEAD) throw strange();
    if (!read) continue;
    const { head, length } = read;
    const rest = bounded(Buffer.from(text.slice(length), "latin1"), chunks, head, await bounds(head));
    const { tarMembers } = await import("../../io/tar.ts");
    return { head, members: counted(tarMembers(rest), head) };
  }
}

/** Ends a stream that is longer than announced, or than the disk has room for. */
async function* bounded(first: Uint8Array, rest: AsyncIterator<Uint8Array>, head: Head, bounds: Bounds) {
  const most = Math.min(2 * head.bytes + SLACK + 2 * HEADERS * head.members, bounds.free);
  let bytes = 0;
  for (let chunk: Uint8Array | undefined = first; chunk; chunk = await nextOf(rest)) {
    bytes += chunk.length;
    if (bytes > most) throw tooMuch(most);
    bounds.onBytes(chunk.length);
    yield chunk;
  }
}

async function nextOf(chunks: AsyncIterator<Uint8Array>): Promise<Uint8Array | undefined> {
  const { done, value } = await chunks.next();
  return done ? undefined : value;
}

/** Empty files have no bytes: their number has a bound, too. */
async function* counted(members: AsyncIterable<TarMember>, head: Head) {
  const most = 2 * head.members + 1000;
  let count = 0;
  let names = 0;
  try {
    for await (const member of members) {
      count += 1;
      names += member.name.length + ONE_NAME;
      if (count > most) throw tooMuch(most, "files");
      if (names > NAMES) throw tooMany();
      yield { ...member, content: whole(member.content) };
    }
  } catch (error) {
    throw explained(error);
  }
}

async function* whole(content: AsyncIterable<Uint8Array>) {
  try {
    yield* content;
  } catch (error) {
    throw explained(error);
  }
}

const explained = (error: unknown): unknown =>
  error instanceof UserError || (error instanceof Error && "syscall" in error) ? error : cut(error);

const tooMuch = (most: number, what?: string): UserError =>
  new UserError(`The VM sends more than it said: over ${what ? `${most} ${what}` : bytesText(most)}.`, {
    hint: "Nothing was copied. Look at what grows there, then run the same command again.",
    exit: EXIT.refused,
  });

const tooMany = (): UserError =>
  new UserError("These are more files than one copy can hold in memory.", {
    hint: "Copy one directory after the other, or an archive of them.",
    exit: EXIT.refused,
  });

const CUT = "The copy broke off before its end, and nothing of it was kept.";

export const cut = (cause?: unknown): UserError =>
  new UserError(CUT, {
    hint: "Run the same command again.",
    cause,
  });

/** True for what may have its reason at the other end of the stream; this host's own refusals have it here. */
export const isCut = (error: unknown): boolean =>
  error instanceof UserError ? error.message === CUT : !(error instanceof Error && "syscall" in error);
