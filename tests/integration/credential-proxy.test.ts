// The credential proxy over a real sshd, with the built program as keeper and a scripted model server: the key reaches
// the server and nothing else.
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { endKeeper, keeperStatus } from "../../src/domain/keeper/ask.ts";
import { controlSocket, credentialsLog, keeperLog, proxySocket } from "../../src/domain/keeper/record.ts";
import { unmount } from "../../src/domain/mount/unmount.ts";
import { createWorld, type World } from "./guest.ts";
import { inSession, watched } from "./in-session.ts";

const KEY = "sk-canary-real-key-0123456789";

let program: string;
beforeAll(() => {
  program = mkdtempSync(join(tmpdir(), "program-"));
  execFileSync(process.execPath, ["scripts/build.mjs", join(program, "dist")]);
});
afterAll(() => rmSync(program, { recursive: true, force: true }));

let world: World;
let server: Server;
let upstream: string;
let asked: IncomingMessage[];
let respond: (request: IncomingMessage, response: ServerResponse) => void;

beforeEach(async () => {
  world = await createWorld();
  const config = readFileSync((await world.ctx.target()).configFile, "utf8");
  mkdirSync(dirname(world.ctx.paths.sshConfig), { recursive: true, mode: 0o700 });
  writeFileSync(world.ctx.paths.sshConfig, config.replace("Host test-guest ", "Host agent-vm-test "));
  asked = [];
  respond = (_request, response) => response.end('{"ok":true}');
  server = createServer((request, response) => {
    asked.push(request);
    request.resume();
    respond(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  upstream = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  await endKeeper(world.ctx.paths);
  await unmount(world.ctx);
  server.closeAllConnections();
  server.close();
  world.remove();
});

const ROOT = join(import.meta.dirname, "../..");

/** Runs a script in the agent's home, through the proxy, and gives what it prints. */
const session = (script: string, change: Record<string, string> = {}) =>
  inSession(world, script, {
    env: { AGENT_VM_PROGRAM_DIR: ROOT, ANTHROPIC_API_KEY: KEY, ANTHROPIC_BASE_URL: upstream, ...change },
    settings: { credentials: "proxy" },
    self: [process.execPath, join(program, "dist/main.cjs")],
  });

const ask = (path: string, ...more: string[]) =>
  `curl -s --path-as-is -w ' %{http_code}' -H "Authorization: Bearer $ANTHROPIC_AUTH_TOKEN" ${more.join(" ")} "$ANTHROPIC_BASE_URL${path}"`;

const decisions = () =>
  readFileSync(credentialsLog(world.ctx.paths), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

async function until(condition: () => boolean | Promise<boolean>, seconds = 30): Promise<void> {
  for (let tries = 0; !(await condition()); tries++) {
    if (tries > seconds * 10) throw new Error("it did not happen");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Everything of ours on the host that could hold the key: state and logs. */
const hostFiles = () =>
  readdirSync(world.ctx.paths.sharedState, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
    .join("\n");

describe("a session", () => {
  test("reaches the server with the real key and never has it", async () => {
    const POST = ask("/v1/messages?beta=true", "-H 'cookie: a=b'", "-H 'anthropic-version: 1'", "-d '{}'");
    let printed = "";
    const lines = await watched(async () => {
      printed = await session(`${POST}; echo; env; cat /proc/$$/environ; cat /dev/shm/agent-vm-*/*/*`);
    });
    expect(printed).toContain('{"ok":true} 200');
    expect(printed).toContain("ANTHROPIC_AUTH_TOKEN=agent-vm-");
    expect(printed).not.toContain("ANTHROPIC_API_KEY");
    expect(printed).not.toContain(KEY);
    expect(lines).toContain("keeper");
    expect(lines).not.toContain(KEY);
    expect(hostFiles()).not.toContain(KEY);
    const [request] = asked;
    expect([request?.method, request?.url]).toEqual(["POST", "/v1/messages?beta=true"]);
    expect(request?.headers).toMatchObject({ "x-api-key": KEY, "anthropic-version": "1" });
    expect(Object.keys(request?.headers ?? {})).not.toContain("authorization");
    expect(Object.keys(request?.headers ?? {})).not.toContain("cookie");
    expect(decisions()).toMatchObject([
      {
        provider: "anthropic",
        method: "POST",
        path: "/anthropic/v1/messages",
        status: 200,
        sent: 2,
        received: 11,
      },
    ]);
  });

  test("makes no other request, and none with another placeholder", async () => {
    const script = [
      ask("/v1/organizations/keys"),
      ask("/v1/messages/../organizations/keys"),
      ask("/v1/messages/%2e%2e/organizations/keys"),
      ask("//v1/models"),
      ask("/v1/models", "-X DELETE"),
      'curl -s -w " %{http_code}" -H "Authorization: Bearer agent-vm-0" "$ANTHROPIC_BASE_URL/v1/models"',
      'curl -s -w " %{http_code}" "$ANTHROPIC_BASE_URL/v1/models"',
      'curl -s -o /dev/null -w " %{http_connect}" -p -x "${ANTHROPIC_BASE_URL%/anthropic}" http://example.org/',
    ].join("; echo; ");
    const printed = (await session(script)).split("\n");
    expect(printed.map((line) => line.slice(-4))).toEqual(Array(8).fill(" 403"));
    expect(printed.slice(0, 7).every((line) => line.includes('"type":"permission_error"'))).toBe(true);
    expect(asked).toEqual([]);
    expect(decisions().map(({ denied }) => denied)).toEqual([
      ...["request", "path form", "path form", "path form", "request"],
      ...["placeholder", "placeholder", "method"],
    ]);
  });

  test("gets a stream piece by piece", async () => {
    let release = () => {};
    respond = (_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream", "set-cookie": "a=b" });
      response.write("data: one\n\n");
      release = () => response.end("data: two\n\n");
    };
    const script = `${ask("/v1/messages", "-N", "-i", "-d '{}'")} | while read -r line; do
      echo "$line"
      case $line in *one*) : >"$HOME/seen" ;; esac
    done`;
    const done = session(script);
    await until(() => readdirSync(world.guestHome).includes("seen"));
    release();
    const printed = await done;
    expect(printed).toContain("data: two");
    expect(printed.toLowerCase()).toContain("content-type: text/event-stream");
    expect(printed.toLowerCase()).not.toContain("set-cookie");
  });

  test("is told to try again while the server cannot be reached", async () => {
    server.close();
    expect(await session(ask("/v1/messages", "-i", "-d '{}'"))).toMatch(/retry-after: 2[\s\S]* 503$/i);
  });
});

describe("the keeper", () => {
  test("keeps its sockets to the user, outlives the command, and ends when no session and no mount is left", async () => {
    await session(ask("/v1/models"));
    const { paths } = world.ctx;
    const status = await keeperStatus(paths);
    expect(status).toMatchObject({ connected: true });
    for (const path of [controlSocket(paths), proxySocket(paths)])
      expect([path, statSync(path).mode & 0o777]).toEqual([path, 0o600]);
    await unmount(world.ctx);
    await until(async () => (await keeperStatus(paths)) === undefined, 50);
    expect(readFileSync(keeperLog(paths), "utf8")).toContain("nothing is left to keep");
  });

  test("lets a detached process go on after sshd was away, and ends its placeholder with it", async () => {
    const LOOP = `(while [ ! -e "$HOME/stop" ]; do ${ask("/v1/models")} >"$HOME/last.new"; mv "$HOME/last.new" "$HOME/last"; sleep 1; done) </dev/null >/dev/null 2>&1 & echo "$ANTHROPIC_AUTH_TOKEN $ANTHROPIC_BASE_URL"`;
    const [token = "", address = ""] = (await session(LOOP)).trim().split(" ");
    const file = join(world.guestHome, "last");
    const last = () => (existsSync(file) ? readFileSync(file, "utf8") : "");
    const before = (await keeperStatus(world.ctx.paths))?.pid;
    // Only the keeper's connection and the daemon go: the detached process is not sshd's child any more.
    world.stopGuest();
    await until(async () => (await keeperStatus(world.ctx.paths))?.connected === false);
    await until(() => last().endsWith(" 000"));
    await world.startGuest();
    await until(() => last().endsWith(" 200"), 40).catch((error) => {
      throw new Error(`${last()} ${readFileSync(keeperLog(world.ctx.paths), "utf8")}`, { cause: error });
    });
    expect((await keeperStatus(world.ctx.paths))?.pid).toBe(before);
    writeFileSync(join(world.guestHome, "stop"), "");
    const answer = async () =>
      (await fetch(`${address}/v1/models`, { headers: { "x-api-key": token } }).catch(() => undefined))
        ?.status;
    await until(async () => (await answer()) !== 200, 40);
  });

  test("uses a changed key for the sessions that are there", async () => {
    const WAIT = `(while [ ! -e "$HOME/stop" ]; do sleep 0.2; done; ${ask("/v1/models")} >"$HOME/late") </dev/null >/dev/null 2>&1 &`;
    await session(WAIT);
    await session("true", { ANTHROPIC_API_KEY: "sk-canary-changed-key" });
    writeFileSync(join(world.guestHome, "stop"), "");
    await until(() => asked.length > 0);
    expect(asked[0]?.headers["x-api-key"]).toBe("sk-canary-changed-key");
  });
});
