// A desktop that takes notices: a real session bus, and a service on it that remembers what it was told.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";

export interface Shown {
  app: string;
  title: string;
  text: string;
}

export interface Desktop {
  /** For programs that are to find it. */
  env: Record<string, string>;
  shown: Shown[];
  /** The service leaves; the bus stays. */
  leave(): void;
  remove(): void;
}

/** The bus lives as long as `dbus-run-session` does, and that as long as its standard input is open. */
export async function createDesktop(): Promise<Desktop> {
  const session = spawn(
    "dbus-run-session",
    ["--", "sh", "-c", 'echo "$DBUS_SESSION_BUS_ADDRESS"; exec cat'],
    {
      stdio: ["pipe", "pipe", "inherit"],
    },
  );
  const address = await firstLine(session);
  const path = /^unix:path=([^,]+)/.exec(address)?.[1];
  if (path === undefined) throw new Error(`the bus is at ${address}`);
  const socket = connect(path);
  const shown: Shown[] = [];
  await serve(socket, shown);
  return {
    env: { DBUS_SESSION_BUS_ADDRESS: address },
    shown,
    leave: () => void socket.destroy(),
    remove: () => {
      socket.destroy();
      session.stdin.end();
    },
  };
}

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  let text = "";
  while (stdout && !text.includes("\n")) text += String((await once(stdout, "data"))[0]);
  return text.split("\n")[0] ?? "";
}

const BUS = "org.freedesktop.DBus";
const SERVICE = "org.freedesktop.Notifications";

/** Resolves when the name is ours. */
async function serve(socket: Socket, shown: Shown[]): Promise<void> {
  const uid = Buffer.from(String(process.getuid?.() ?? 0)).toString("hex");
  socket.write(`\0AUTH EXTERNAL ${uid}\r\n`);
  const [answer] = (await once(socket, "data")) as [Buffer];
  if (!answer.toString().startsWith("OK ")) throw new Error(`the bus says ${answer}`);
  socket.write("BEGIN\r\n");
  let serial = 0;
  const send = (
    type: number,
    fields: [number, string, string | number][],
    signature = "",
    body = buffer(),
  ) => {
    serial += 1;
    const all = signature === "" ? fields : [...fields, [8, "g", signature] as [number, string, string]];
    socket.write(message(type, { serial, fields: all, body: body.bytes() }));
  };
  const ask = (member: string, signature?: string, body?: Body) =>
    send(
      1,
      [
        [1, "o", "/org/freedesktop/DBus"],
        [6, "s", BUS],
        [2, "s", BUS],
        [3, "s", member],
      ],
      signature,
      body,
    );
  let owned: () => void;
  const ready = new Promise<void>((resolve) => {
    owned = resolve;
  });
  const hear = ({ type, fields, body, serial: asked }: Message) => {
    // The answer to the second question of ours.
    if (type === 2 && fields.get(5) === 2) owned();
    if (type !== 1) return;
    const reply: [number, string, string | number][] = [
      [5, "u", asked],
      [6, "s", String(fields.get(7))],
    ];
    if (fields.get(3) === "Notify") {
      const read = reader(body);
      const [app, , , title, text] = [read.text(), read.number(), read.text(), read.text(), read.text()];
      shown.push({ app, title, text });
      return send(2, reply, "u", buffer().number(shown.length));
    }
    if (fields.get(3) === "GetServerInformation")
      return send(
        2,
        reply,
        "ssss",
        ["test", "agent-vm", "1", "1.2"].reduce((all, one) => all.text(one), buffer()),
      );
    // Every other question gets an error.
    send(3, [...reply, [4, "s", `${BUS}.Error.UnknownMethod`]]);
  };
  let rest = Buffer.alloc(0);
  socket.on("data", (bytes: Buffer) => {
    rest = Buffer.concat([rest, bytes]);
    for (let one = parse(rest); one; one = parse(rest)) {
      rest = rest.subarray(one.length);
      hear(one);
    }
  });
  ask("Hello");
  ask("RequestName", "su", buffer().text(SERVICE).number(0));
  await ready;
}

interface Message {
  type: number;
  serial: number;
  fields: Map<number, string | number>;
  body: Buffer;
  /** Bytes of all of it. */
  length: number;
}

const padded = (length: number, to: number) => Math.ceil(length / to) * to;

/** The first message of the bytes, when it is whole. Little endian, as every library on this processor writes. */
function parse(bytes: Buffer): Message | undefined {
  if (bytes.length < 16) return undefined;
  const begin = padded(16 + bytes.readUInt32LE(12), 8);
  const length = begin + bytes.readUInt32LE(4);
  if (bytes.length < length) return undefined;
  const fields = new Map<number, string | number>();
  const read = reader(bytes.subarray(0, 16 + bytes.readUInt32LE(12)), 16);
  while (read.more()) {
    read.align(8);
    const code = read.byte();
    const kind = read.signature();
    fields.set(code, kind === "g" ? read.signature() : kind === "u" ? read.number() : read.text());
  }
  return {
    ...{ type: bytes.readUInt8(1), serial: bytes.readUInt32LE(8), fields },
    ...{ body: bytes.subarray(begin, length), length },
  };
}

function reader(bytes: Buffer, start = 0) {
  let at = start;
  const take = (length: number) => {
    at += length;
    return bytes.toString("utf8", at - length, at);
  };
  const read = {
    more: () => at < bytes.length,
    align: (to: number) => {
      at = padded(at, to);
    },
    byte: () => bytes.readUInt8(at++),
    number: () => {
      read.align(4);
      at += 4;
      return bytes.readUInt32LE(at - 4);
    },
    text: () => {
      const text = take(read.number());
      at += 1;
      return text;
    },
    signature: () => {
      const text = take(read.byte());
      at += 1;
      return text;
    },
  };
  return read;
}

interface Body {
  align(to: number): Body;
  byte(value: number): Body;
  number(value: number): Body;
  text(value: string): Body;
  signature(value: string): Body;
  bytes(): Buffer;
}

function buffer(): Body {
  let all = Buffer.alloc(0);
  const add = (bytes: Uint8Array): Body => {
    all = Buffer.concat([all, bytes]);
    return body;
  };
  const body: Body = {
    align: (to) => add(Buffer.alloc(padded(all.length, to) - all.length)),
    byte: (value) => add(Buffer.from([value])),
    number: (value) => {
      const four = Buffer.alloc(4);
      four.writeUInt32LE(value);
      return body.align(4) && add(four);
    },
    text: (value) => body.number(Buffer.byteLength(value)) && add(Buffer.from(`${value}\0`)),
    signature: (value) => body.byte(value.length) && add(Buffer.from(`${value}\0`)),
    bytes: () => all,
  };
  return body;
}

interface Sent {
  serial: number;
  fields: readonly [number, string, string | number][];
  body: Buffer;
}

function message(type: number, { serial, fields, body }: Sent): Buffer {
  const head = buffer();
  for (const [code, kind, value] of fields) {
    head.align(8).byte(code).signature(kind);
    if (kind === "g") head.signature(String(value));
    else if (typeof value === "number") head.number(value);
    else head.text(value);
  }
  const length = head.bytes().length;
  const first = buffer().byte("l".charCodeAt(0)).byte(type).byte(0).byte(1);
  first.number(body.length).number(serial).number(length);
  return Buffer.concat([first.bytes(), head.align(8).bytes(), body]);
}
