// A git server of a hostile guest: it answers a fetch over ssh as its trick says, and obeys nothing that it is asked.
// node hostile-git.mjs TRICK, a JSON file; see GitTrick in git-host.ts.
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync, writeSync } from "node:fs";

const trick = JSON.parse(readFileSync(process.argv[2], "utf8"));
const FLUSH = Buffer.from("0000");
const DELIMITER = Buffer.from("0001");

/** @param {string | Uint8Array} payload */
const packet = (payload) => {
  const bytes = Buffer.from(payload);
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, "0")), bytes]);
};
const band = (number, payload) => packet(Buffer.concat([Buffer.from([number]), Buffer.from(payload)]));

/** Waits until the other side takes it; a pipe may be full for a while. */
function send(...buffers) {
  for (let rest = Buffer.concat(buffers); rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      if (error.code !== "EAGAIN") process.exit(1);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

const forever = () => new Promise(() => setInterval(() => undefined, 1000));

/** The packets that the client sends; undefined for one without content. */
async function* packets() {
  let held = Buffer.alloc(0);
  for await (const chunk of process.stdin) {
    held = Buffer.concat([held, chunk]);
    for (;;) {
      const size = held.length < 4 ? Number.NaN : Number.parseInt(held.subarray(0, 4).toString(), 16);
      const length = size < 4 ? 4 : size;
      if (!(held.length >= length)) break;
      yield size < 4 ? undefined : held.subarray(4, length).toString("latin1");
      held = held.subarray(length);
    }
  }
}

const name = ([oid, ref]) => Buffer.concat([Buffer.from(`${oid} `), Buffer.from(ref, "latin1")]);

function* pieces(bytes) {
  for (let at = 0; at < bytes.length; at += 60_000) yield bytes.subarray(at, at + 60_000);
}

const honestPack = (wanted) =>
  execFileSync("git", ["-C", trick.at, "pack-objects", "--stdout", "--revs", "-q"], {
    input: `${wanted.join("\n")}\n`,
    maxBuffer: 1 << 30,
  });

/** A file that never ends: a header that announces one object of gigabytes, then what cannot be made smaller. */
function endlessPack() {
  const header = Buffer.from("5041434b0000000200000001", "hex");
  // Type blob, a size of 2^40: four bits, then groups of seven.
  const size = Buffer.from([0xb0, 0x80, 0x80, 0x80, 0x80, 0x80 | 2, 0x00]);
  send(band(1, Buffer.concat([header, size, Buffer.from([0x78, 0x01])])));
  const block = randomBytes(32_000);
  // One stored block of deflate after the other, none of them the last.
  const stored = Buffer.concat([Buffer.from([0, 0x00, 0x7d, 0xff, 0x82]), block]);
  for (let sent = 0; sent < trick.upTo; sent += stored.length) send(band(1, stored));
  writeFileSync(trick.note, "all of it was taken");
}

async function pack(wanted) {
  if (trick.say !== undefined) send(band(2, trick.say));
  if (trick.error !== undefined) return send(band(3, trick.error));
  if (trick.pack === "silent") return forever();
  if (trick.pack === "endless") return endlessPack();
  const whole = honestPack(wanted);
  const sent = trick.pack === "truncated" ? whole.subarray(0, whole.length - 100) : whole;
  for (const piece of pieces(sent)) send(band(1, piece));
  if (trick.pack !== "truncated") send(FLUSH);
}

/** References without end, each of them a long one. */
function endlessRefs([oid]) {
  const long = "x/".repeat(30_000);
  const line = (count) => packet(`${oid} refs/heads/${long}${String(count).padStart(9, "0")}\n`);
  for (let sent = 0, count = 0; sent < trick.upTo; count += 1) {
    const some = line(count);
    send(some);
    sent += some.length;
  }
  writeFileSync(trick.note, "all of it was taken");
}

async function version0() {
  const [first, ...rest] = trick.refs;
  send(
    packet(Buffer.concat([name(first), Buffer.from("\0side-band-64k ofs-delta allow-tip-sha1-in-want\n")])),
  );
  if (trick.refsWithoutEnd) endlessRefs(first);
  for (const ref of rest) send(packet(Buffer.concat([name(ref), Buffer.from("\n")])));
  send(FLUSH);
  const wanted = [];
  let flushes = 0;
  for await (const line of packets()) {
    if (line?.startsWith("want ")) wanted.push(line.slice(5, 45));
    if (line === undefined && wanted.length === 0) return;
    if (line === undefined && ++flushes > 1) send(packet("NAK\n"));
    if (line?.startsWith("done")) {
      send(packet("NAK\n"));
      return pack(wanted);
    }
  }
}

/** The newer protocol, in which a server can name another address for a part of the pack. */
async function version2() {
  send(...["version 2\n", "ls-refs\n", "fetch=packfile-uris\n", "object-format=sha1\n"].map(packet), FLUSH);
  let lines = [];
  for await (const line of packets()) {
    if (line !== undefined) lines.push(line);
    if (line !== undefined || lines.length === 0 || lines.at(-1) === "delimiter") continue;
    if (lines[0].startsWith("command=ls-refs") && lines.length > 1) {
      send(...trick.refs.map((ref) => packet(Buffer.concat([name(ref), Buffer.from("\n")]))), FLUSH);
      lines = [];
    } else if (lines.some((one) => one.startsWith("want "))) {
      const wanted = lines.filter((one) => one.startsWith("want ")).map((one) => one.slice(5, 45));
      if (!lines.some((one) => one.startsWith("done"))) {
        send(packet("acknowledgments\n"), packet("ready\n"), DELIMITER);
      }
      if (lines.some((one) => one.startsWith("packfile-uris"))) {
        send(packet("packfile-uris\n"), packet(`${"0".repeat(40)} ${trick.elsewhere}\n`), DELIMITER);
      }
      send(packet("packfile\n"));
      return pack(wanted);
    }
  }
}

await (trick.elsewhere === undefined ? version0() : version2());
