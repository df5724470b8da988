// Reverse proxies as one would write them in an hour, and a model server that believes what comes: what the credential
// proxy is compared with.
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import { connect, createServer as createTcpServer, type Socket } from "node:net";
import { addressOf } from "./host-proxy.ts";

export interface ModelServer {
  server: Server;
  /** What it was asked, one text a request: the first line and the headers. */
  asked: string[];
}

/** Reads chunks before lengths. `answer` is given the headers that it got. */
export function modelServer(
  answer: (headers: IncomingMessage["headers"], response: ServerResponse) => void,
): ModelServer {
  const asked: string[] = [];
  const server = createServer({ insecureHTTPParser: true }, (got, response) => {
    asked.push(`${got.method} ${got.url} ${JSON.stringify(got.headers)}`);
    got.resume();
    answer(got.headers, response);
  });
  server.on("connect", (_got, socket: Socket) => socket.end());
  return { server, asked };
}

export interface Weak {
  key: string;
  upstream: string;
  /** What a request's path must begin with. */
  prefix: string;
  /** What a request's placeholder must begin with; any will do without it. */
  placeholder?: string;
}

/** Checks as it finds them, joins addresses, passes headers on, follows redirects, and tunnels. */
export function plainProxy({ key, upstream, prefix, placeholder }: Weak): Server {
  const server = createServer((asked, answer) => {
    const given = asked.headers.authorization ?? "";
    const path = (asked.url ?? "").replace(/^\/anthropic/, "");
    if (!given.includes(placeholder ?? "") || !path.startsWith(prefix)) {
      answer.writeHead(403).end();
      return;
    }
    const go = (url: URL) =>
      request(
        url,
        { method: asked.method, headers: { ...asked.headers, "content-length": 0, "x-api-key": key } },
        (got) => {
          if (got.headers.location !== undefined) return go(new URL(got.headers.location, url));
          answer.writeHead(got.statusCode ?? 500, got.headers);
          return void got.pipe(answer);
        },
      )
        .on("error", () => answer.destroy())
        .end();
    asked.resume().on("end", () => go(new URL(path, upstream)));
  });
  server.on("connect", (asked: IncomingMessage, socket: Socket, first: Buffer) => {
    const { hostname, port } = new URL(`http://${asked.url}`);
    const far = connect(Number(port), hostname, () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      far.write(first);
    });
    far.on("error", () => socket.destroy());
    socket.on("error", () => far.destroy());
    socket.pipe(far).pipe(socket);
  });
  return server;
}

/** Puts the key in for the placeholder, wherever that stands in the bytes, and looks at the first request alone. */
export const substitutingProxy = (placeholder: string, key: string, model: Server) =>
  createTcpServer((client) => {
    client.on("error", () => client.destroy());
    client.once("data", (first) => {
      const { host, port } = addressOf(model);
      if (!/^\w+ \/anthropic\/v1\/messages /.test(String(first))) return client.destroy();
      const far = connect(port, host);
      far.on("error", () => client.destroy());
      far.write(String(first).replace("/anthropic", "").replaceAll(placeholder, key));
      client.pipe(far).pipe(client);
    });
  });
