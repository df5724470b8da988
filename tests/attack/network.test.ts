// A hostile guest uses the ways to this host that the product itself makes: the relay before the host's proxy.
import { once } from "node:events";
import { connect, type Server } from "node:net";
import { hostProxy } from "../../src/domain/vm/host-proxy.ts";
import { proxyFiles } from "../../src/domain/vm/proxy-inputs.ts";
import { permitFor } from "../../src/domain/vm/proxy-permit.ts";
import { proxyRelay } from "../../src/guard/proxy-relay.ts";
import { attack } from "./attacks.ts";
import {
  AUTHORIZATION,
  addressOf,
  createHostProxy,
  type HostProxy,
  listening,
  plainRelay,
} from "./host-proxy.ts";

/** What the names of this test lead to. */
const NAMES = {
  "a.example": "1.1.1.1",
  "refused.example": "1.1.1.1",
  "rebound.example": "127.0.0.1",
  "both.example": "169.254.169.254",
};
const resolve = async (host: string) => {
  if (host === "both.example") return ["1.1.1.1", "169.254.169.254"];
  const address = NAMES[host as keyof typeof NAMES];
  if (address === undefined) throw new Error("ENOTFOUND");
  return [address];
};
const permit = permitFor("guarded", resolve);

interface Wanted {
  /** True when the attack has got what it wanted. */
  done: (got: string) => boolean;
  /** Milliseconds that an answer, and what it wants behind the last one, may take. */
  patience: number;
}

/** Sends the pieces, each after an answer to the one before, and gives all answers. */
async function talk(relay: Server, pieces: readonly string[], { done, patience }: Wanted): Promise<string> {
  const { host, port } = addressOf(relay);
  const socket = connect(port, host);
  let got = "";
  socket.on("error", () => undefined).on("data", (bytes) => (got += String(bytes)));
  const more = () =>
    Promise.race([
      once(socket, "data"),
      once(socket, "close"),
      new Promise((resolve) => setTimeout(resolve, patience)),
    ]);
  for (const piece of pieces) {
    const answer = more();
    socket.write(piece, "latin1");
    await answer;
  }
  for (const end = Date.now() + patience; !done(got) && Date.now() < end; )
    await new Promise((resolve) => setTimeout(resolve, 10));
  socket.destroy();
  return got;
}

interface Through {
  /** The relay without the guard; the usual one if none is given. */
  off?: (proxy: HostProxy) => Server;
  send: readonly string[];
  succeeds: (proxy: HostProxy, answer: string) => boolean;
}

const play =
  ({ off = ({ upstream }) => plainRelay(upstream, permit), send, succeeds }: Through) =>
  async (guarded: boolean): Promise<boolean> => {
    const proxy = await createHostProxy(NAMES);
    const ours = () => proxyRelay({ upstream: proxy.upstream, permit, log: () => undefined });
    const relay = await listening(guarded ? ours() : off(proxy));
    try {
      const done = (got: string) => succeeds(proxy, got);
      // Without the guard it succeeds sooner or later, on a busy machine too; with it nobody can wait for ever.
      return done(await talk(relay, send, { done, patience: guarded ? 300 : 10_000 }));
    } finally {
      relay.close();
      proxy.close();
    }
  };

/** The product's relay with every place allowed. */
const anywhere = ({ upstream }: HostProxy): Server =>
  proxyRelay({ upstream, permit: async () => true, log: () => undefined });
const reached =
  (place: string) =>
  ({ reached }: HostProxy): boolean =>
    reached.includes(place);

for (const [name, place, address] of [
  ["this host's loopback", "127.0.0.1:8123", "127.0.0.1 8123"],
  ["this host's loopback by its name", "localhost:8123", "127.0.0.1 8123"],
  ["this host's loopback as one number", "2130706433:8123", "127.0.0.1 8123"],
  ["this host's loopback in hexadecimal", "0x7f000001:8123", "127.0.0.1 8123"],
  ["this host's loopback in octal", "0177.0.0.1:8123", "127.0.0.1 8123"],
  ["this host's loopback shortened", "127.1:8123", "127.0.0.1 8123"],
  ["this host's loopback as an IPv4-mapped address", "[::ffff:127.0.0.1]:8123", "::ffff:127.0.0.1 8123"],
  ["this host's loopback over IPv6", "[::1]:8123", "::1 8123"],
  ["this host's loopback behind a name", "rebound.example:8123", "127.0.0.1 8123"],
  ["the metadata service", "169.254.169.254:80", "169.254.169.254 80"],
  ["the metadata service behind a name of the internet too", "both.example:80", "169.254.169.254 80"],
  ["the LAN", "192.168.1.1:443", "192.168.1.1 443"],
  ["a link-local address", "[fe80::1]:443", "fe80::1 443"],
] as const) {
  attack(`through the proxy to ${name}`, {
    guard: "a guarded VM goes to the internet alone",
    play: play({
      off: anywhere,
      send: [`CONNECT ${place} HTTP/1.1\r\n\r\n`],
      succeeds: reached(address),
    }),
  });
}

for (const [what, port] of [
  ["a mail server", 25],
  ["a shell", 22],
] as const) {
  attack(`through the proxy to ${what} of the internet, in the host's name`, {
    guard: "the web's ports alone",
    play: play({
      off: anywhere,
      send: [`CONNECT a.example:${port} HTTP/1.1\r\n\r\n`],
      succeeds: reached(`1.1.1.1 ${port}`),
    }),
  });
}

const INNER = `GET http://127.0.0.1:8123/ HTTP/1.1\r\nProxy-Authorization: ${AUTHORIZATION}\r\n\r\n`;
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`;
const STRICT = "a request is read strictly and written anew";
for (const [name, send] of Object.entries({
  "a second request behind the first": ["GET http://a.example/ HTTP/1.1\r\n\r\n", INNER],
  "a second request together with the first": [`GET http://a.example/ HTTP/1.1\r\n\r\n${INNER}`],
  "a second request behind a body of two lengths": [
    `POST http://a.example/ HTTP/1.1\r\nContent-Length: 4\r\nContent-Length: ${4 + INNER.length}\r\n\r\nbody${INNER}`,
  ],
  "a second request within a length, behind its chunks": [
    `POST http://a.example/ HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n${chunk("body")}${INNER}`,
  ],
  "a request after a tunnel that the proxy refused": ["CONNECT refused.example:443 HTTP/1.1\r\n\r\n", INNER],
  "another place in Host": ["GET http://a.example/ HTTP/1.1\r\nHost: 127.0.0.1:8123\r\n\r\n"],
  "another place behind a bare line break": [
    "GET http://a.example/ HTTP/1.1\r\nA: b\nHost: 127.0.0.1:8123\r\n\r\n",
  ],
})) {
  attack(`through the proxy inwards by ${name}`, {
    guard: STRICT,
    play: play({ send, succeeds: reached("127.0.0.1 8123") }),
  });
}

attack("the proxy's credentials come back in an answer", {
  guard: "a request that is echoed is refused",
  play: play({
    send: ["TRACE http://a.example/ HTTP/1.1\r\nMax-Forwards: 0\r\n\r\n"],
    succeeds: (_proxy, answer) => answer.includes(AUTHORIZATION),
  }),
});

attack("the proxy's credentials are in what the guest is told", {
  guard: "the guest's files name the relay alone",
  play: async (guarded) => {
    const env = { https_proxy: "http://canary:proxy-password@proxy.example:3128", no_proxy: "x.example" };
    const told = guarded
      ? proxyFiles({ proxy: { noProxy: hostProxy(env)?.noProxy ?? [] } })
      : [{ path: "proxy", content: `${env.https_proxy} ${env.no_proxy}` }];
    return JSON.stringify(told).includes("proxy-password");
  },
});
