// The relay before the host's proxy, with a real proxy behind it: what passes, what is refused, what nobody gets to see.
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { proxyRelay } from "../../src/guard/proxy-relay.ts";

let servers: Server[];
let relay: Server;
/** All bytes that came to the proxy. */
let seen: string;
let log: string[];
let answer: (socket: Socket) => void;

const port = (server: Server) => (server.address() as AddressInfo).port;
async function serve(server: Server): Promise<Server> {
  servers.push(server.listen(0, "127.0.0.1"));
  await once(server, "listening");
  return server;
}

beforeEach(async () => {
  servers = [];
  seen = "";
  log = [];
  answer = (socket) => socket.write("HTTP/1.1 200 OK\r\n\r\n");
  const proxy = await serve(
    createServer((socket) => {
      socket.on("error", () => {});
      let head = "";
      socket.on("data", (bytes: Buffer) => {
        seen += bytes.toString();
        if (head.includes("\r\n\r\n")) return socket.write(`echo ${bytes}`);
        head += bytes.toString();
        if (head.includes("\r\n\r\n")) answer(socket);
      });
    }),
  );
  const upstream = { tls: false, host: "127.0.0.1", port: port(proxy), authorization: "Basic b3Vycw==" };
  relay = await serve(
    proxyRelay({
      upstream: { connect: upstream, plain: upstream },
      permit: async (host) => host.endsWith(".example"),
      log: ({ host, end }) => log.push(`${host} ${end}`),
    }),
  );
});
afterEach(() => {
  for (const server of servers) server.close();
});

/** Sends the pieces, each after an answer to the one before, and gives all that came until nothing more came. */
async function talk(...pieces: string[]): Promise<string> {
  const socket = connect(port(relay), "127.0.0.1");
  socket.on("error", () => {});
  let got = "";
  for (const piece of pieces) {
    socket.write(piece);
    const bytes = await Promise.race([
      once(socket, "data").then(([data]) => String(data)),
      once(socket, "close").then(() => ""),
      new Promise<string>((resolve) => setTimeout(resolve, 15_000, "")),
    ]);
    got += bytes;
  }
  await new Promise((resolve) => setTimeout(resolve, 100));
  socket.destroy();
  return got;
}

test("a tunnel carries bytes both ways, with our credentials before it", async () => {
  const got = await talk("CONNECT a.example:443 HTTP/1.1\r\nProxy-Authorization: x\r\n\r\n", "hello");
  expect(got).toBe("HTTP/1.1 200 OK\r\n\r\necho hello");
  expect(seen).toContain("Proxy-Authorization: Basic b3Vycw==\r\n");
  expect(seen).not.toContain("Proxy-Authorization: x");
  expect(got).not.toContain("b3Vycw");
});

test("another place is refused, and the proxy hears nothing of it", async () => {
  expect(await talk("CONNECT 127.0.0.1:22 HTTP/1.1\r\n\r\n")).toMatch(/^HTTP\/1\.1 403/);
  expect(seen).toBe("");
  expect(log).toEqual(["127.0.0.1 refused"]);
});

describe("a second request cannot ride on the first", () => {
  const SECOND = "GET http://127.0.0.1/ HTTP/1.1\r\n\r\n";

  test("after a tunnel that the proxy refused", async () => {
    answer = (socket) => socket.write("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
    expect(await talk("CONNECT a.example:443 HTTP/1.1\r\n\r\n", SECOND)).toMatch(/^HTTP\/1\.1 403/);
    expect(seen).not.toContain("127.0.0.1/");
  });

  test("sent together with a tunnel that the proxy refused", async () => {
    answer = (socket) => socket.write("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n");
    await talk(`CONNECT a.example:443 HTTP/1.1\r\n\r\n${SECOND}`);
    expect(seen).not.toContain("127.0.0.1/");
  });

  test("behind a plain request and its body", async () => {
    const first = "POST http://a.example/ HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody";
    expect(await talk(first + SECOND, SECOND)).toMatch(/^HTTP\/1\.1 200/);
    expect(seen.endsWith("\r\n\r\nbody")).toBe(true);
    expect(seen).toContain("Connection: close\r\n");
  });
});

test("a proxy that is not there is said to be so", async () => {
  servers[0]?.close();
  expect(await talk("CONNECT a.example:443 HTTP/1.1\r\n\r\n")).toMatch(/^HTTP\/1\.1 502/);
  expect(log).toEqual(["a.example failed"]);
});

test("what is no request is refused", async () => {
  expect(await talk("\u0016\u0003\u0001 hello\r\n\r\n")).toMatch(/^HTTP\/1\.1 400/);
});

test("a head without an end is given up before it fills the memory", async () => {
  const endless = `GET http://a.example/ HTTP/1.1\r\nA: ${"a".repeat(70_000)}`;
  expect(await talk(endless)).toMatch(/^HTTP\/1\.1 400/);
});
