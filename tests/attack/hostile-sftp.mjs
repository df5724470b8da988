// A hostile SFTP server: OpenSSH's own, with its answers falsified on the way. sshd starts it as its subsystem.
// usage: node hostile-sftp.mjs TRICK HOME. The trick is JSON: {"trick": name, ...}.
import { spawn } from "node:child_process";

const [trickText, home] = process.argv.slice(2);
const trick = JSON.parse(Buffer.from(trickText, "base64url").toString("utf8"));
const server = spawn("/usr/lib/openssh/sftp-server", ["-d", home], { stdio: ["pipe", "pipe", "inherit"] });
server.on("exit", () => process.exit());

const READDIR = 12;
const READLINK = 19;
const [STATUS, DATA, NAME, ATTRS] = [101, 103, 104, 105];

/** Calls `each` with each whole packet. */
function frames(stream, each) {
  let rest = Buffer.alloc(0);
  stream.on("data", (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32BE(0)) {
      const length = 4 + rest.readUInt32BE(0);
      each(Buffer.from(rest.subarray(0, length)));
      rest = rest.subarray(length);
    }
  });
}

const u32 = (value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
};
const str = (text) => Buffer.concat([u32(Buffer.byteLength(text)), Buffer.from(text)]);
const packet = (type, ...fields) => {
  const body = Buffer.concat([Buffer.from([type]), ...fields]);
  return Buffer.concat([u32(body.length), body]);
};
const attributes = (mode) => Buffer.concat([u32(4), u32(mode)]);

/** Request id → its type and what it is about. */
const asked = new Map();
let answered = 0;
/** Answers that went through as they were: the first ones, as many as the trick says. */
let honest = 0;
/** Until the trick's path is asked for, when it names one: how much a mount asks first depends on how busy the host is. */
let begun = trick.from === undefined;

/** Places of all attributes in an answer: at their flags. */
function attributePlaces(bytes) {
  if (bytes[4] === ATTRS) return [9];
  if (bytes[4] !== NAME) return [];
  const places = [];
  let at = 13;
  for (let left = bytes.readUInt32BE(9); left > 0; left -= 1) {
    for (let texts = 0; texts < 2; texts += 1) at += 4 + bytes.readUInt32BE(at);
    places.push(at);
    const flags = bytes.readUInt32BE(at);
    at += 4 + (flags & 1 ? 8 : 0) + (flags & 2 ? 8 : 0) + (flags & 4 ? 4 : 0) + (flags & 8 ? 8 : 0);
  }
  return places;
}

const TRICKS = {
  none: (bytes) => [bytes],
  /** All files belong to the user who looks. */
  owner: (bytes) => {
    for (const at of attributePlaces(bytes)) {
      bytes.writeUInt32BE(trick.uid, at + 12);
      bytes.writeUInt32BE(trick.uid, at + 16);
    }
    return [bytes];
  },
  /** Whatever is not a directory has these mode bits. */
  mode: (bytes) => {
    for (const at of attributePlaces(bytes)) {
      const mode = bytes.readUInt32BE(at + 20);
      if ((mode & 0o170000) === 0o100000) bytes.writeUInt32BE(trick.mode, at + 20);
    }
    return [bytes];
  },
  /** Links lead where the trick says, also those that are none. */
  link: (bytes, request) =>
    request.type === READLINK
      ? [packet(NAME, u32(request.id), u32(1), str(trick.target), str(""), u32(0))]
      : [bytes],
  /** A name in every listing. */
  name: (bytes) => {
    if (bytes[4] !== NAME || bytes.readUInt32BE(9) < 2) return [bytes];
    const more = Buffer.concat([str(trick.name), str("x"), attributes(0o100644)]);
    const count = u32(bytes.readUInt32BE(9) + 1);
    return [packet(NAME, bytes.subarray(5, 9), count, bytes.subarray(13), more)];
  },
  endless: (bytes, request) => {
    if (request.type !== READDIR) return [bytes];
    const entries = Array.from({ length: 1500 }, () => {
      answered += 1;
      return Buffer.concat([str(`file-${answered}`), str(""), attributes(0o100644)]);
    });
    return [packet(NAME, u32(request.id), u32(entries.length), ...entries)];
  },
  /** Listings without a name, and without an end. */
  empty: (bytes, request) => (request.type === READDIR ? [packet(NAME, u32(request.id), u32(0))] : [bytes]),
  /** One name at a time, each in time. */
  slow: (bytes, request) => {
    if (request.type !== READDIR) return [bytes];
    answered += 1;
    const entry = Buffer.concat([str(`file-${answered}`), str(""), attributes(0o100644)]);
    setTimeout(() => process.stdout.write(packet(NAME, u32(request.id), u32(1), entry)), trick.pause);
    return [];
  },
  /** No answer any more. */
  silent: () => [],
  /** A byte now and then. */
  drip: (bytes) => [...bytes].map((byte) => Buffer.from([byte])),
  unsolicited: (bytes) => [bytes, packet(STATUS, u32(0xfffffff0), u32(0), str(""), str(""))],
  oversize: (bytes) => (bytes[4] === ATTRS ? [u32(0x7fffffff), Buffer.alloc(1 << 20)] : [bytes]),
  /** More than a read asked for. */
  long: (bytes) =>
    bytes[4] === DATA ? [packet(DATA, bytes.subarray(5, 9), str("x".repeat(200_000)))] : [bytes],
  garbage: (bytes) => (bytes[4] === ATTRS ? [Buffer.alloc(5000, 0xff)] : [bytes]),
};

frames(process.stdin, (bytes) => {
  begun ||= bytes.includes(trick.from);
  if (bytes.length >= 9) asked.set(bytes.readUInt32BE(5), { id: bytes.readUInt32BE(5), type: bytes[4] });
  server.stdin.write(bytes);
});
process.stdin.on("end", () => server.stdin.end());

const DRIP = 200;
const queue = [];
setInterval(() => {
  if (queue.length > 0) process.stdout.write(queue.shift());
}, DRIP).unref();

frames(server.stdout, (bytes) => {
  // The greeting has no id.
  if (bytes[4] === 2) return process.stdout.write(bytes);
  const request = asked.get(bytes.readUInt32BE(5)) ?? { id: 0, type: 0 };
  asked.delete(request.id);
  honest += 1;
  const pieces = !begun || honest <= (trick.after ?? 0) ? [bytes] : TRICKS[trick.trick](bytes, request);
  if (trick.trick === "drip" && pieces.length > 1) queue.push(...pieces);
  else for (const piece of pieces) process.stdout.write(piece);
});
