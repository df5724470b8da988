// Stands between the VM and this host's proxy: checks where each request goes, and adds the proxy's credentials here.
import { connect, createServer, type Server, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { type ProxyRequest, parseProxyRequest, writeProxyRequest } from "./proxy-request.ts";

/** A proxy of this host's, as its variables name it. */
export interface Upstream {
  tls: boolean;
  host: string;
  port: number;
  /** The value of Proxy-Authorization; never leaves this host but to the proxy. */
  authorization?: string;
}

export interface RelayOptions {
  /** For tunnels (https) and for plain requests. */
  upstream: { connect: Upstream; plain: Upstream };
  permit(host: string, port: number): Promise<boolean>;
  /** One line for each decision. */
  log(entry: { host: string; port: number; method: string; end: "passed" | "refused" | "failed" }): void;
}

const MAX_HEAD = 64 * 1024;
/** Milliseconds for a head to come whole, and for the proxy to answer. */
const PATIENCE = 60_000;

/** A server that is not listening yet. */
export const proxyRelay = (options: RelayOptions): Server =>
  createServer({ allowHalfOpen: true }, (client) => {
    client.on("error", () => client.destroy());
    serve(client, options).catch(() => client.destroy());
  });

async function serve(client: Socket, options: RelayOptions): Promise<void> {
  const asked = await readHead(client);
  const request = asked && parseProxyRequest(asked.head);
  if (!asked || !request) return refuse(client, "400 Bad Request");
  const { host, port, method } = request;
  const log = (end: "passed" | "refused" | "failed") => options.log({ host, port, method, end });
  if (!(await options.permit(host, port))) {
    log("refused");
    return refuse(client, "403 Forbidden");
  }
  const { upstream } = options;
  const next = await open(method === "CONNECT" ? upstream.connect : upstream.plain).catch(() => undefined);
  if (!next) {
    log("failed");
    return refuse(client, "502 Bad Gateway");
  }
  log("passed");
  client.once("close", () => next.socket.destroy());
  next.socket.write(writeProxyRequest(request, next.authorization), "latin1");
  if (method === "CONNECT") await tunnel(client, next.socket, asked.rest);
  else single(client, next.socket, { request, rest: asked.rest });
}

/** After a refusal by the proxy nothing more may go to it: it would be read as a request that nobody checked. */
async function tunnel(client: Socket, proxy: Socket, rest: Buffer): Promise<void> {
  const answer = await readHead(proxy);
  if (!answer) return refuse(client, "502 Bad Gateway");
  client.write(`${answer.head}\r\n\r\n`, "latin1");
  client.write(answer.rest);
  if (/^HTTP\/1\.[01] 2\d\d( |$)/.test(answer.head.split("\r\n", 1)[0] ?? "")) {
    proxy.write(rest);
    client.pipe(proxy).pipe(client);
  } else {
    proxy.pipe(client);
  }
}

/** One request and its body, no byte more. */
function single(client: Socket, proxy: Socket, asked: { request: ProxyRequest; rest: Buffer }): void {
  let left = asked.request.body;
  const pass = (bytes: Buffer) => {
    if (left > 0) proxy.write(bytes.subarray(0, left));
    left -= Math.min(left, bytes.length);
  };
  pass(asked.rest);
  client.on("data", pass);
  proxy.pipe(client);
}

function refuse(client: Socket, status: string): void {
  client.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  client.resume();
}

/** The head without its empty line, and what came after it; undefined when it is too long, too slow or cut off. */
function readHead(socket: Socket): Promise<{ head: string; rest: Buffer } | undefined> {
  return new Promise((resolve) => {
    let bytes = Buffer.alloc(0);
    const end = (result: { head: string; rest: Buffer } | undefined) => {
      clearTimeout(timer);
      socket.off("data", take).off("end", cut).off("close", cut).pause();
      resolve(result);
    };
    const cut = () => end(undefined);
    const take = (piece: Buffer) => {
      bytes = Buffer.concat([bytes, piece]);
      const at = bytes.indexOf("\r\n\r\n");
      if (at >= 0) end({ head: bytes.subarray(0, at).toString("latin1"), rest: bytes.subarray(at + 4) });
      else if (bytes.length > MAX_HEAD) cut();
    };
    const timer = setTimeout(cut, PATIENCE);
    socket.on("data", take).once("end", cut).once("close", cut);
  });
}

function open(upstream: Upstream): Promise<{ socket: Socket; authorization: string | undefined }> {
  const { tls, host, port, authorization } = upstream;
  return new Promise((resolve, reject) => {
    const socket = tls ? connectTls({ host, port, servername: host }) : connect({ host, port });
    const timer = setTimeout(() => socket.destroy(new Error("no answer")), PATIENCE);
    socket.once(tls ? "secureConnect" : "connect", () => {
      clearTimeout(timer);
      socket.off("error", reject).on("error", () => socket.destroy());
      resolve({ socket, authorization });
    });
    socket.once("error", reject);
  });
}
