// This host's proxy as an attacker wants it: it asks for credentials, takes one request after the other from a
// connection, reads chunks before lengths and bare line breaks as line ends, believes Host, and echoes a TRACE.
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type { Upstream } from "../../src/guard/proxy-relay.ts";

export const AUTHORIZATION = "Basic Y2FuYXJ5OnByb3h5LXBhc3N3b3Jk";

export interface HostProxy {
  upstream: { connect: Upstream; plain: Upstream };
  /** "address port" of all places to which it went for somebody. */
  reached: string[];
  close(): void;
}

export type Names = Readonly<Record<string, string>>;

/** `names`: what it resolves them to. Other spellings are the system's to read. */
export async function createHostProxy(names: Names): Promise<HostProxy> {
  const reached: string[] = [];
  const go = async (place: string) => {
    const [, host = "", port = "80"] = /^\[?([^\]]*?)\]?(?::(\d+))?$/.exec(place) ?? [];
    const address = names[host] ?? (await lookup(host).catch(() => ({ address: "unknown" }))).address;
    reached.push(`${address} ${port}`);
  };
  const server = await listening(createServer((socket) => serve(socket, go)));
  const place = { tls: false, ...addressOf(server), authorization: AUTHORIZATION };
  return { upstream: { connect: place, plain: place }, reached, close: () => server.close() };
}

export async function listening(server: Server): Promise<Server> {
  await once(server.listen(0, "127.0.0.1"), "listening");
  return server;
}

export const addressOf = (server: Server) => ({
  host: "127.0.0.1",
  port: (server.address() as AddressInfo).port,
});

const EMPTY = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

function serve(socket: Socket, go: (place: string) => Promise<void>): void {
  let rest = "";
  let tunnel = false;
  let turn = Promise.resolve();
  socket.on("error", () => socket.destroy());
  socket.on("data", (bytes) => {
    rest += bytes.toString("latin1");
    turn = turn.then(answer);
  });
  const answer = async () => {
    while (!tunnel) {
      const request = take(rest);
      if (request === undefined) return;
      rest = request.rest;
      const { head, target } = request;
      if (!head.includes(AUTHORIZATION)) socket.write("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n");
      else if (/^TRACE/.test(head))
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${head.length}\r\n\r\n${head}`);
      else if (/^CONNECT refused\./.test(head)) socket.write("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
      else {
        tunnel = head.startsWith("CONNECT");
        const host = /^host:\s*(\S+)/im.exec(head)?.[1];
        await go(tunnel ? target : (/^http:\/\/([^/]+)/i.exec(target)?.[1] ?? ""));
        if (!tunnel && host !== undefined) await go(host);
        socket.write(EMPTY);
      }
    }
  };
}

/** The first request of what came, with its body taken away. */
function take(text: string): { head: string; target: string; rest: string } | undefined {
  const end = /\r?\n\r?\n/.exec(text);
  if (end === null) return undefined;
  const head = text.slice(0, end.index);
  const after = text.slice(end.index + end[0].length);
  const target = head.split(" ", 2)[1] ?? "";
  if (/^transfer-encoding:.*chunked/im.test(head)) {
    const last = after.indexOf("0\r\n\r\n");
    return last < 0 ? undefined : { head, target, rest: after.slice(last + 5) };
  }
  const length = Number(/^content-length:\s*(\d+)/im.exec(head)?.[1] ?? 0);
  return after.length < length ? undefined : { head, target, rest: after.slice(length) };
}

/**
 * The usual relay: looks at the first line alone, puts the credentials in behind it and then copies bytes. The guard
 * of places is the product's.
 */
export const plainRelay = (
  { plain }: HostProxy["upstream"],
  permit: (host: string, port: number) => Promise<boolean>,
): Server =>
  createServer((client) => {
    client.on("error", () => client.destroy());
    client.once("data", async (bytes) => {
      const text = bytes.toString("latin1");
      const [first = "", ...lines] = text.split("\r\n");
      const host = /^[A-Z]+ (?:http:\/\/)?([^/: ]+)/.exec(first)?.[1] ?? "";
      if (!(await permit(host, 443))) return client.end("HTTP/1.1 403 No\r\n\r\n");
      const proxy = connect(plain.port, plain.host);
      proxy.on("error", () => client.destroy());
      proxy.write([first, `Proxy-Authorization: ${AUTHORIZATION}`, ...lines].join("\r\n"), "latin1");
      client.pipe(proxy).pipe(client);
    });
  });
