// A hostile session at the credential proxy: it tries for requests that are not allowed, for the key itself, and for
// other places. Without the guard a plain reverse proxy stands there.
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import { connect, type Server as TcpServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { listen } from "../../src/domain/keeper/control.ts";
import { loadProviders } from "../../src/domain/keeper/providers.ts";
import { upstream } from "../../src/domain/keeper/upstream.ts";
import { createCredentialProxy } from "../../src/guard/credential-proxy.ts";
import { createSessions } from "../../src/guard/credential-sessions.ts";
import { makePrivate } from "../../src/io/private-directory.ts";
import { attack } from "./attacks.ts";
import { whyNoNetwork } from "./guest-network.ts";
import { addressOf, listening } from "./host-proxy.ts";
import { type ModelServer, modelServer, plainProxy, substitutingProxy, type Weak } from "./plain-proxy.ts";

const KEY = "sk-canary-of-the-host-0123456789";
const PLACEHOLDER = "agent-vm-placeholder-0123456789";
const ROOT = resolve(import.meta.dirname, "../..");

let model: ModelServer;
/** Another server that the host can reach. */
let elsewhere: ModelServer;
let base: string;
let servers: TcpServer[];
let answer: (response: ServerResponse) => void;
const url = ({ server }: ModelServer) => `http://127.0.0.1:${addressOf(server).port}`;

beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), "proxied-"));
  answer = (response) => response.end("{}");
  model = modelServer((_headers, response) => answer(response));
  elsewhere = modelServer((_headers, response) => response.end("secret of the host"));
  servers = [await listening(model.server), await listening(elsewhere.server)];
});
afterEach(() => {
  for (const server of servers) server.close();
  rmSync(base, { recursive: true, force: true });
});

/** The product's proxy, as the keeper opens it. */
async function ours(socket: string): Promise<Server> {
  const sessions = createSessions();
  const grant = { upstream: url(model), header: "x-api-key", value: KEY };
  sessions.open("0123456789abcdef", PLACEHOLDER, { anthropic: grant });
  const parts = { providers: await loadProviders(ROOT), sessions, ...(await upstream({})) };
  const proxy = createCredentialProxy({ ...parts, log: () => undefined });
  await makePrivate(dirname(socket), process.getuid?.() ?? 0);
  await listen(proxy, socket);
  return proxy;
}

/** Sends bytes to the proxy and gives what comes: all that was wanted, or until nothing more does for some time. */
function talk(
  socket: string,
  bytes: string,
  done: (got: string) => boolean,
  patience: number,
): Promise<string> {
  return new Promise((resolve) => {
    let got = "";
    const client = connect(socket, () => client.write(bytes));
    const look = setInterval(() => done(got) && client.destroy(), 10);
    const end = () => {
      clearInterval(look);
      resolve(got);
    };
    client.setTimeout(10_000, () => client.destroy());
    client
      .on("data", (more) => {
        got += String(more);
        client.setTimeout(patience);
      })
      .on("close", end)
      .on("error", end);
  });
}

interface Plan {
  /** The proxy that stands there without the guard. */
  off?: Partial<Weak> | (() => TcpServer);
  send: () => string;
  succeeds: (answer: string) => boolean;
}

const play =
  ({ off = {}, send, succeeds }: Plan) =>
  async (guarded: boolean): Promise<boolean> => {
    const socket = join(base, guarded ? "state/cm/credentials" : "plain");
    const weak = { key: KEY, upstream: url(model), prefix: "", placeholder: "agent-vm-" };
    if (guarded) servers.push(await ours(socket));
    else {
      const proxy = typeof off === "function" ? off() : plainProxy({ ...weak, ...off });
      servers.push(proxy);
      await new Promise<void>((resolve) => proxy.listen(socket, resolve));
    }
    model.asked.length = 0;
    elsewhere.asked.length = 0;
    // Without the guard it succeeds sooner or later, on a busy machine too; with it nobody can wait for ever.
    return succeeds(await talk(socket, send(), succeeds, guarded ? 300 : 10_000));
  };

const head = (line: string, ...more: string[]) => `${[line, ...more].join("\r\n")}\r\n\r\n`;
const AUTHORIZED = `Authorization: Bearer ${PLACEHOLDER}`;
const asks = (target: string, ...more: string[]) =>
  head(`GET ${target} HTTP/1.1`, "Host: 127.0.0.1", AUTHORIZED, ...more);
const modelGot = (text: string) => () =>
  model.asked.some((asked) => asked.includes(text) && asked.includes(KEY));
const keyElsewhere = () => elsewhere.asked.some((asked) => asked.includes(KEY));

test("what is allowed passes, with the key", async () => {
  const got = play({ send: () => asks("/anthropic/v1/models"), succeeds: modelGot("GET /v1/models ") });
  expect(await got(true)).toBe(true);
});

attack("the organization's keys are asked for", {
  guard: "the listed requests alone",
  play: play({
    send: () => asks("/anthropic/v1/organizations/api_keys"),
    succeeds: modelGot("GET /v1/organizations/api_keys "),
  }),
});

for (const way of ["..", "%2e%2e", ".%2E"]) {
  attack(`the organization's keys by a detour: ${way}`, {
    guard: "paths are not normalised",
    play: play({
      off: { prefix: "/v1/models/" },
      send: () => asks(`/anthropic/v1/models/${way}/organizations/api_keys`),
      succeeds: modelGot("organizations/api_keys "),
    }),
  });
}

attack("a placeholder that only looks like one", {
  guard: "placeholders are compared whole",
  play: play({
    send: () => head("GET /anthropic/v1/models HTTP/1.1", "Host: x", "Authorization: Bearer agent-vm-0"),
    succeeds: modelGot("GET /v1/models "),
  }),
});

attack("no placeholder at all", {
  guard: "a placeholder is needed",
  play: play({
    off: { placeholder: "" },
    send: () => head("GET /anthropic/v1/models HTTP/1.1", "Host: x"),
    succeeds: modelGot("GET /v1/models "),
  }),
});

attack("cookies and other headers are passed to the model's server", {
  guard: "headers are rebuilt from a list",
  play: play({
    send: () => asks("/anthropic/v1/models", "Cookie: session=smuggled", "X-Forwarded-For: 10.0.0.1"),
    succeeds: () => model.asked.some((asked) => asked.includes("smuggled") || asked.includes("10.0.0.1")),
  }),
});

attack("another host in Host", {
  guard: "headers are rebuilt from a list",
  play: play({
    send: () => asks("/anthropic/v1/models").replace("Host: 127.0.0.1", "Host: admin.inner"),
    succeeds: () => model.asked.some((asked) => asked.includes("admin.inner")),
  }),
});

attack("the key is sent to the address in the first line", {
  guard: "the server is the session's own",
  play: play({ send: () => asks(`${url(elsewhere)}/v1/models`), succeeds: keyElsewhere }),
});

attack("the key is sent to a host that looks like a path", {
  guard: "the server is the session's own",
  play: play({
    send: () => asks(`/anthropic//127.0.0.1:${addressOf(elsewhere.server).port}/v1/models`),
    succeeds: keyElsewhere,
  }),
});

attack("the key follows a redirect to another host", {
  guard: "redirects are not followed",
  play: play({
    send: () => {
      answer = (response) => response.writeHead(307, { location: `${url(elsewhere)}/v1/models` }).end();
      return asks("/anthropic/v1/models");
    },
    succeeds: (got) => keyElsewhere() || got.includes("location:"),
  }),
});

attack("a tunnel to this host's loopback", {
  guard: "no tunnels",
  play: play({
    send: () =>
      head(`CONNECT 127.0.0.1:${addressOf(elsewhere.server).port} HTTP/1.1`, AUTHORIZED) +
      head("GET / HTTP/1.1", "Host: x"),
    succeeds: (got) => got.includes("secret of the host"),
  }),
});

const HIDDEN = () => asks("/v1/organizations/api_keys", `x-api-key: ${PLACEHOLDER}`);
for (const [name, lines, body] of [
  [
    "a length, and chunks that end before it",
    ["Content-Length: 300", "Transfer-Encoding: chunked"],
    "0\r\n\r\n",
  ],
  ["a length of none", ["Content-Length: 0"], ""],
] as const) {
  attack(`a second request hidden behind ${name}`, {
    guard: "each request is read, judged and made anew",
    play: play({
      off: () => substitutingProxy(PLACEHOLDER, KEY, model.server),
      send: () =>
        head("POST /anthropic/v1/messages HTTP/1.1", "Host: x", AUTHORIZED, ...lines) + body + HIDDEN(),
      succeeds: modelGot("organizations/api_keys "),
    }),
  });
}

for (const [name, tell] of Object.entries({
  "an answer's body": (response: ServerResponse) => response.end(`{"error":"bad key ${KEY}"}`),
  "an answer's body, in two pieces": (response: ServerResponse) => {
    response.write(`{"error":"bad key ${KEY.slice(0, 9)}`);
    setTimeout(() => response.end(`${KEY.slice(9)}"}`), 30);
  },
  "an answer's header": (response: ServerResponse) => response.setHeader("x-request-id", KEY).end("{}"),
})) {
  attack(`the key comes back in ${name}`, {
    guard: "an answer ends before the key",
    play: play({
      send: () => {
        answer = tell;
        return asks("/anthropic/v1/models", "Accept-Encoding: gzip");
      },
      succeeds: (got) => got.includes(KEY.slice(9)),
    }),
  });
}

const reason = whyNoNetwork();
const ANOTHER_USER =
  "unshare --user --map-root-user --map-auto setpriv --reuid 1000 --regid 1000 --clear-groups";
const OPENS = "use IO::Socket::UNIX; exit(IO::Socket::UNIX->new(Peer => $ARGV[0]) ? 0 : 1)";
if (reason !== undefined) test.skip(`another user of this host: ${reason}`, () => undefined);
else
  attack("another user of this host opens the proxy's socket", {
    guard: "directory and socket are the user's alone",
    play: async (guarded) => {
      const socket = join(base, guarded ? "state/cm/credentials" : "plain/credentials");

      chmodSync(base, 0o755);
      if (guarded) servers.push(await ours(socket));
      else {
        mkdirSync(dirname(socket), { mode: 0o755 });
        const proxy = createServer();
        servers.push(proxy);
        await new Promise<void>((resolve) => proxy.listen(socket, resolve));
        chmodSync(socket, 0o777);
      }
      const argv = [...ANOTHER_USER.split(" "), "perl", "-e", OPENS, socket];
      return spawnSync(argv[0] ?? "", argv.slice(1)).status === 0;
    },
  });
