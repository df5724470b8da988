// The VM's way to the host's proxy, held by a real keeper over a real sshd: for sessions that outlive their command.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { keeperStatus } from "../../src/domain/keeper/ask.ts";
import { createControl, listen } from "../../src/domain/keeper/control.ts";
import { controlSocket, keeperLog, proxyLog, writeKeeperRecord } from "../../src/domain/keeper/record.ts";
import type { Profile } from "../../src/domain/profiles.ts";
import { GUEST_PROXY_PORT } from "../../src/domain/vm/proxy-inputs.ts";
import { writeRecord } from "../../src/domain/vm/record.ts";
import { thisProcess } from "../../src/io/lock.ts";
import { watched } from "./in-session.ts";
import { createKeeperUser, type KeeperUser } from "./terminal/keeper-user.ts";
import { NOTED } from "./terminal/session-user.ts";

const PASSWORD = "canary-4711-Passw0rd";
const BASIC = `Basic ${Buffer.from(`ann:${PASSWORD}`).toString("base64")}`;
/** Nobody goes there: the proxy answers by itself. */
const PUBLIC = "http://93.184.216.34/";
const INNER = "http://10.0.0.1/";

let user: KeeperUser;
beforeAll(async () => {
  user = await createKeeperUser();
});
afterAll(() => user.remove());

let proxy: Server;
/** Places for which the proxy was asked with the right credentials. */
let asked: string[];

beforeEach(async () => {
  asked = [];
  proxy = await serve(asked);
  await profile("guarded");
});
afterEach(async () => {
  await user.over();
  proxy.closeAllConnections();
  proxy.close();
  for (const name of ["stop", "last"]) rmSync(user.file(name), { force: true });
});

async function serve(places: string[]): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.headers["proxy-authorization"] === BASIC) places.push(request.url ?? "");
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  named(server);
  return server;
}

const named = (server: Server) =>
  user.host({ http_proxy: `http://ann:${PASSWORD}@127.0.0.1:${(server.address() as AddressInfo).port}` });

const profile = (name: Profile, proxied = true) =>
  writeRecord(user.paths, {
    ...{ phase: "ready", limaHome: "/", image: "x", accel: "tcg", vcpu: 1, memory: 1, disk: 1 },
    ...{ createdAt: "2026-01-01T00:00:00.000Z", profile: name, ...(proxied && { proxy: { noProxy: [] } }) },
  });

const curl = (url: string) =>
  `curl -s -m 15 -o /dev/null -w '%{http_code}' -x http://127.0.0.1:${GUEST_PROXY_PORT} ${url}`;
/** Asks time after time until the file \`stop\` is there. */
const loop = () =>
  `while [ ! -e ${user.file("stop")} ]; do ${curl(PUBLIC)} >${user.file("new")}; mv ${user.file("new")} ${user.file("last")}; sleep 0.2; done`;

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await condition()); tries++) {
    if (tries > 600) throw new Error(`it did not happen: ${readFileSync(keeperLog(user.paths), "utf8")}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
/** What an answer says that was asked for from now on. */
async function answers(code: string): Promise<void> {
  const last = user.file("last");
  const next = async () => {
    rmSync(last, { force: true });
    await until(() => existsSync(last));
    return readFileSync(last, "utf8");
  };
  await next();
  await until(async () => (await next()) === code);
}
const state = async () => (await keeperStatus(user.paths))?.proxy;
const portOpen = () =>
  new Promise<boolean>((resolve) => {
    const socket = connect(GUEST_PROXY_PORT, "127.0.0.1");
    socket.once("connect", () => socket.destroy() && resolve(true));
    socket.once("error", () => resolve(false));
  });
const detached = async (script: string) => {
  await user.enter({ run: ["sh", "-c", script], detach: true });
  expect((await user.ended()).code).toBe(0);
};

test("a detached run keeps the proxy after its command, over a lost connection, and it goes with the run", async () => {
  const lines = await watched(async () => {
    await detached(loop());
    await answers("200");
  });
  expect(asked[0]).toBe(PUBLIC);
  const { pid } = (await keeperStatus(user.paths)) ?? {};
  user.guest.stop();
  await answers("000");
  await user.guest.start();
  await answers("200");
  // Long enough for it to be looked whether anybody needs it.
  const looked = Date.now() + 7000;
  await until(() => Date.now() > looked);
  await answers("200");
  expect(await keeperStatus(user.paths)).toMatchObject({ pid, proxy: "up" });
  for (const said of [lines, keeperText(), readFileSync(proxyLog(user.paths), "utf8")])
    for (const secret of [PASSWORD, BASIC]) expect(said).not.toContain(secret);
  writeFileSync(user.file("stop"), "");
  await until(async () => (await state()) === "idle");
  await until(async () => !(await portOpen()));
});

const keeperText = () => readFileSync(keeperLog(user.paths), "utf8");

test("a lasting session keeps it when its client is killed", async () => {
  await user.enter({ around: NOTED });
  await user.shows("leave: Ctrl-b d");
  user.line(`(${loop()}) &`);
  await answers("200");
  process.kill(user.client(), "SIGKILL");
  expect((await user.ended()).code).toBe(137);
  await answers("200");
  user.inGuest("send-keys", "-t", "=home:", `touch ${user.file("stop")}; exit`, "Enter");
  await until(async () => (await state()) === "idle");
});

test("the profile of the moment rules it, the host's present proxy serves it, and without one it ends", async () => {
  await detached(loop());
  await answers("200");
  const inner = () => detached(`${curl(INNER)} >${user.file("inner")}`);
  const read = async (code: string) => {
    rmSync(user.file("inner"), { force: true });
    await inner();
    await until(() => existsSync(user.file("inner")) && readFileSync(user.file("inner"), "utf8") !== "");
    expect(readFileSync(user.file("inner"), "utf8")).toBe(code);
  };
  await read("403");
  await profile("open");
  await read("200");
  await profile("guarded");
  await read("403");
  const places: string[] = [];
  const other = await serve(places);
  await detached("true");
  await until(() => places.includes(PUBLIC));
  other.closeAllConnections();
  other.close();
  await profile("guarded", false);
  await until(async () => (await state()) === "idle");
  await answers("000");
});

test("beside a keeper that does not know how, a command has a way of its own, and says that it ends with it", async () => {
  mkdirSync(user.paths.sockets, { recursive: true, mode: 0o700 });
  const old = createControl(async ({ ask }) => {
    if (ask === "proxy") throw new Error("what is that?");
    return { connected: true, port: 1, sessions: 1 };
  });
  await listen(old, controlSocket(user.paths));
  await writeKeeperRecord(user.paths, { ...(await thisProcess()), program: "older" });
  try {
    const inner = user.file("inner");
    rmSync(inner, { force: true });
    await user.enter({ plain: ["sh", "-c", `${curl(PUBLIC)} >${inner}`] });
    await user.shows("The VM's way to this host's proxy ends with this command: no keeper holds it.");
    expect((await user.ended()).code).toBe(0);
    expect(readFileSync(inner, "utf8")).toBe("200");
    await until(async () => !(await portOpen()));
  } finally {
    old.close();
    rmSync(join(user.paths.state, "keeper.json"));
  }
});
