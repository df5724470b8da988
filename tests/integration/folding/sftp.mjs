// What sshfs starts in ssh's place for a disk that does not tell case or the forms of Unicode apart, as macOS has it:
// OpenSSH's own server, to which each path goes in the spelling that the directory has. Names keep their spelling. With
// "precomposed" as its first argument a directory tells them composed, as git on macOS takes them (core.precomposeUnicode).
import { spawn } from "node:child_process";
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

const SERVERS = [
  "/usr/lib/openssh/sftp-server",
  "/usr/libexec/openssh/sftp-server",
  "/usr/lib/ssh/sftp-server",
];

const fold = (name) => name.normalize("NFC").toLowerCase();

function isThere(path) {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** The path as the disk spells it; what is not there keeps the spelling that was asked for. */
function spelled(path) {
  try {
    if (isThere(path)) return path;
    let at = "/";
    for (const name of path.split("/").filter(Boolean)) {
      const exact = isThere(join(at, name));
      const other = exact ? undefined : readdirSync(at).find((one) => fold(one) === fold(name));
      at = join(at, other ?? name);
    }
    return at;
  } catch {
    return path;
  }
}

/** A file that is renamed to another spelling of its own name gets that one. */
function spelledNew(from, to) {
  const found = spelled(to);
  const above = found.slice(0, found.lastIndexOf("/") + 1);
  return found === from ? above + to.slice(to.lastIndexOf("/") + 1) : found;
}

const [OPEN, LSTAT, SETSTAT, OPENDIR, REMOVE, MKDIR, RMDIR, REALPATH, STAT, RENAME, READLINK, SYMLINK] = [
  3, 7, 9, 11, 13, 14, 15, 16, 17, 18, 19, 20,
];
const EXTENDED = 200;
const WITH_PATH = new Set([OPEN, LSTAT, SETSTAT, OPENDIR, REMOVE, MKDIR, RMDIR, REALPATH, STAT, READLINK]);

const word = (text) => {
  const bytes = Buffer.from(text);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(bytes.length);
  return Buffer.concat([size, bytes]);
};

/** A packet without its length, with the paths in it as the disk spells them. */
function folded(packet) {
  const type = packet[0];
  let at = 5;
  const take = () => {
    const end = at + 4 + packet.readUInt32BE(at);
    const text = packet.toString("utf8", at + 4, end);
    at = end;
    return text;
  };
  const words = [];
  if (WITH_PATH.has(type)) words.push(spelled(take()));
  else if (type === RENAME) {
    const from = spelled(take());
    words.push(from, spelledNew(from, take()));
  } else if (type === SYMLINK) words.push(take(), spelled(take()));
  else if (type === EXTENDED) {
    const name = take();
    words.push(name);
    if (name === "posix-rename@openssh.com") {
      const from = spelled(take());
      words.push(from, spelledNew(from, take()));
    } else if (name === "hardlink@openssh.com") words.push(spelled(take()), spelled(take()));
    else if (name === "statvfs@openssh.com") words.push(spelled(take()));
  }
  return Buffer.concat([packet.subarray(0, 5), ...words.map(word), packet.subarray(at)]);
}

const NAME = 104;

/** The answer of a directory with composed names; sizes and times, which follow each, are taken as they are. */
function composed(packet) {
  if (packet[0] !== NAME) return packet;
  const parts = [packet.subarray(0, 9)];
  let at = 9;
  const size = () => packet.readUInt32BE(at);
  for (let left = packet.readUInt32BE(5); left > 0; left -= 1) {
    const end = at + 4 + size();
    parts.push(word(packet.toString("utf8", at + 4, end).normalize("NFC")));
    at = end;
    const from = at;
    at += 4 + size();
    const flags = size();
    at += 4;
    for (const [flag, bytes] of [
      [1, 8],
      [2, 8],
      [4, 4],
      [8, 8],
    ])
      if (flags & flag) at += bytes;
    parts.push(packet.subarray(from, at));
  }
  return Buffer.concat([...parts, packet.subarray(at)]);
}

/** Gives each whole packet, without its length. */
function packets(stream, take) {
  let held = Buffer.alloc(0);
  stream.on("data", (chunk) => {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 4 && held.length >= 4 + held.readUInt32BE(0)) {
      const end = 4 + held.readUInt32BE(0);
      take(held.subarray(4, end));
      held = held.subarray(end);
    }
  });
}

const precomposed = process.argv[2] === "precomposed";
const server = spawn(SERVERS.find(isThere), [], {
  stdio: ["pipe", precomposed ? "pipe" : "inherit", "inherit"],
});
server.on("exit", (code) => process.exit(code ?? 1));
// The first packet of all has no number, and no path.
packets(process.stdin, (packet) => server.stdin.write(word(packet[0] === 1 ? packet : folded(packet))));
process.stdin.on("end", () => server.stdin.end());
if (precomposed) packets(server.stdout, (packet) => process.stdout.write(word(composed(packet))));
