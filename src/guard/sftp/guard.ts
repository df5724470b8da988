// One guarded connection between sshfs and the guest's SFTP server: which packet of either side may go on.
import { type Asked, checkAnswer } from "./answers.ts";
import { MAX_PACKET } from "./frames.ts";
import { isKnownExtension, type Request, readRequest } from "./requests.ts";
import { type Access, accessOf, type GuardRules, staysInside } from "./rules.ts";
import { Violation } from "./violation.ts";
import {
  type Cursor,
  expectEnd,
  readBytes,
  readUint32,
  STATUS,
  type Status,
  statusPacket,
  TYPE,
  versionPacket,
} from "./wire.ts";

export interface GuardOptions {
  rules: GuardRules;
  /** The mounted directory, as sshfs' paths begin. */
  root: string;
  /** Milliseconds of any clock that only goes forward. */
  now(): number;
  /** Milliseconds that one request may take. */
  stall: number;
  /** What was left out or refused, once for each kind, in words of ours. */
  note(text: string): void;
}

export interface SftpGuard {
  /** A packet from sshfs: "pass", or what sshfs gets as an answer at once. */
  fromHost(packet: Buffer): "pass" | { answer: Buffer };
  /** A packet from the guest: "pass", or what sshfs gets instead. Throws Violation. */
  fromGuest(packet: Buffer): "pass" | { instead: Buffer };
  /**
   * When the oldest unanswered request or greeting went out; undefined when all are answered. What had to wait behind
   * large reads and writes counts as sent later, by the time that those take on a slow line.
   */
  oldest(): number | undefined;
  /** So much is unanswered that sshfs is to wait before it asks for more. */
  isBusy(): boolean;
}

/** Names that one directory may have: a listing without an end would fill sshfs' memory. */
const MAX_NAMES = 1_000_000;
/**
 * A program that reads a directory is let go when all of its names are there: many requests, each of them answered in
 * time, hold it as well as none. So many times what one may take is enough for all.
 */
const LISTING = 3;
const VERSION = 3;
/**
 * Bytes that a slow line carries in a millisecond (31 KiB/s). ssh takes 2 MiB without a word from the other side, so
 * the last of them may be underway for a minute: that is slow, and not silent.
 */
const SLOW_LINE = 32;
/**
 * Bytes that may be unanswered: as many as OpenSSH's own sftp has underway (64 requests of 32 KiB). sshfs sends what is
 * written without waiting, and OpenSSH's server moves all that it has not handled yet for each request: 100 MB written 8
 * KiB at a time took 47 s, and the last of them seemed lost.
 */
const MOST_UNDERWAY = 64 * 32 * 1024;

interface Waiting extends Asked {
  since: number;
  /** Bytes of the request, and of the answer that a read asks for. */
  size: number;
  handle?: string;
  /** Of what is being opened. */
  path?: string;
}

interface Open {
  access: Access;
  names: number;
  /** When its names were first asked for, until there are no more. */
  listedSince?: number;
}

export function createSftpGuard({ rules, root, now, stall, note }: GuardOptions): SftpGuard {
  const access = accessOf(rules);
  const waiting = new Map<number, Waiting>();
  const open = new Map<string, Open>();
  const noted = new Set<string>();
  let greeted = false;
  let greetedSince: number | undefined;
  /** Bytes of the requests that are unanswered. */
  let underway = 0;

  const noteOnce = (text: string) => {
    if (noted.has(text)) return;
    noted.add(text);
    note(text);
  };

  const fromHost = (packet: Buffer): "pass" | { answer: Buffer } => {
    if (packet[4] === TYPE.init) {
      greetedSince ??= now();
      return "pass";
    }
    const request = readRequest(packet);
    const refuse = (status: Status) => ({ answer: statusPacket(request.id, status) });
    if ("unknown" in request) return refuse(STATUS.unsupported);
    const status = verdict(request, { access, open, root, readOnly: rules.readOnly });
    if (status !== undefined) return refuse(status);
    if (request.lists && isEndless(open.get(request.handle ?? ""), now(), stall * LISTING)) {
      noteOnce("a listing that takes too long");
      return refuse(STATUS.failure);
    }
    if (request.closes && request.handle !== undefined) open.delete(request.handle);
    const since = now() + Math.floor(underway / SLOW_LINE);
    const size = packet.length + Math.min(request.length ?? 0, MAX_PACKET);
    waiting.set(request.id, awaited(request, { access, root, since, size }));
    underway += size;
    return "pass";
  };

  const fromGuest = (packet: Buffer): "pass" | { instead: Buffer } => {
    const type = packet[4] ?? 0;
    if (!greeted) {
      greeted = true;
      return { instead: greeting(type, packet) };
    }
    const cursor: Cursor = { bytes: packet, at: 5 };
    const id = readUint32(cursor);
    const asked = waiting.get(id);
    if (asked === undefined) throw new Violation("an answer that nobody asked for");
    waiting.delete(id);
    underway -= asked.size;
    const { instead, handle, names = 0, note: why } = checkAnswer(type, cursor, asked);
    if (handle !== undefined) {
      // The end of one would be the end of what is known of the other.
      if (open.has(handle)) throw new Violation("a handle that is in use");
      open.set(handle, { access: access(asked.path ?? ""), names: 0 });
    }
    if (asked.answer === "entries") listed(open.get(asked.handle ?? ""), names);
    if (why !== undefined) noteOnce(why);
    return instead === undefined ? "pass" : { instead };
  };

  // A connection whose server never greets back holds every program just as well.
  const oldest = () => (greeted ? waiting.values().next().value?.since : greetedSince);
  return { fromHost, fromGuest, oldest, isBusy: () => underway >= MOST_UNDERWAY };
}

interface Sight {
  access: (path: string) => Access;
  open: ReadonlyMap<string, Open>;
  root: string;
  readOnly: boolean;
}

/** The status with which a request is answered here; undefined when it may go on. */
function verdict(request: Request, { access, open, root, readOnly }: Sight): Status | undefined {
  const { paths, writes, creates, handle, target } = request;
  const seen = paths.map(access);
  if (seen.includes("none")) return creates ? STATUS.permissionDenied : STATUS.noSuchFile;
  const opened = handle === undefined ? "all" : (open.get(handle)?.access ?? "all");
  if (writes && (readOnly || seen.includes("read") || opened !== "all")) return STATUS.permissionDenied;
  // A link that could not be read again.
  if (target !== undefined && !staysInside(depthOf(paths[0] ?? "", root), target))
    return STATUS.permissionDenied;
  if (target !== undefined && access(target) === "none") return STATUS.permissionDenied;
  // All files seem to be a stranger's here; programs that keep owners would complain of each.
  return request.ownerAlone ? STATUS.ok : undefined;
}

function awaited(
  request: Request,
  { access, root, since, size }: Pick<Sight, "access" | "root"> & Pick<Waiting, "since" | "size">,
) {
  const { id, answer, length, handle, paths } = request;
  const [path] = paths;
  const waits: Waiting = {
    id,
    answer,
    access,
    since,
    size,
    ...(length !== undefined && { length }),
    ...(handle !== undefined && { handle }),
    ...(path !== undefined && { path }),
  };
  return answer === "link" ? { ...waits, depth: depthOf(path ?? "", root) } : waits;
}

/** How many directories below the root a path lies: 0 for a name in the root itself. */
function depthOf(path: string, root: string): number {
  const below = path === root ? "" : path.startsWith(`${root}/`) ? path.slice(root.length + 1) : undefined;
  return below === undefined ? 0 : below.split("/").filter((name) => name !== "").length - 1;
}

function isEndless(directory: Open | undefined, now: number, limit: number): boolean {
  if (directory === undefined) return false;
  directory.listedSince ??= now;
  return now - directory.listedSince > limit;
}

/** No names: a status, with which the listing is over. */
function listed(directory: Open | undefined, names: number): void {
  if (directory === undefined) return;
  if (names === 0) delete directory.listedSince;
  directory.names += names;
  if (directory.names > MAX_NAMES) throw new Violation("a directory without an end");
}

/** The guest's first packet, with the extensions that this guard knows. */
function greeting(type: number, bytes: Buffer): Buffer {
  const cursor: Cursor = { bytes, at: 5 };
  if (type !== TYPE.version || readUint32(cursor) !== VERSION)
    throw new Violation("another protocol than SFTP 3");
  const extensions: [Buffer, Buffer][] = [];
  while (cursor.at < bytes.length) {
    const extension: [Buffer, Buffer] = [readBytes(cursor), readBytes(cursor)];
    if (isKnownExtension(extension[0].toString("latin1"))) extensions.push(extension);
  }
  expectEnd(cursor);
  return versionPacket(VERSION, extensions);
}
