// `credentials: proxy` in lasting sessions, with a real keeper, sshd and tmux: a placeholder works as long as anything
// of its session lives, and the key is nowhere in the VM.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { keeperStatus } from "../../src/domain/keeper/ask.ts";
import { keeperLog } from "../../src/domain/keeper/record.ts";
import { watched } from "./in-session.ts";
import { createKeeperUser, type KeeperUser } from "./terminal/keeper-user.ts";
import { NOTED } from "./terminal/session-user.ts";

const KEY = "sk-canary-real-key-0123456789";
const CHANGED = "sk-canary-changed-key-98765";
const LEAVE = "leave: Ctrl-b d";

let user: KeeperUser;
let server: Server;
/** The keys with which the model's server was asked. */
let keys: unknown[];

beforeAll(async () => {
  user = await createKeeperUser();
  server = createServer((request, response) => {
    keys.push(request.headers["x-api-key"]);
    response.end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  user.remove();
});
beforeEach(() => {
  keys = [];
  given(KEY);
});
afterEach(() => user.over());

const given = (key: string, more: Record<string, string> = {}) => {
  const { port } = server.address() as AddressInfo;
  const env = { ANTHROPIC_API_KEY: key, ANTHROPIC_BASE_URL: `http://127.0.0.1:${port}`, ...more };
  user.host(env, { credentials: "proxy" });
};

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await condition()); tries++) {
    if (tries > 600) throw new Error(`it did not happen: ${readFileSync(keeperLog(user.paths), "utf8")}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The placeholder stands in no argument list of the test's own. */
const ASK =
  'printf "x-api-key: %s" "$ANTHROPIC_AUTH_TOKEN" | curl -s -m 20 -o /dev/null -w "%{http_code}" -H @- "$ANTHROPIC_BASE_URL/v1/models"';

interface Seen {
  code: string;
  token: string;
  address: string;
  model: string;
}

/** What a window of the session has, and what comes of it. */
async function inWindow(window = ""): Promise<Seen> {
  const answer = user.file("answer");
  rmSync(answer, { force: true });
  const line = `echo "$(${ASK}) $ANTHROPIC_AUTH_TOKEN $ANTHROPIC_BASE_URL \${ANTHROPIC_MODEL:-none}" >${answer}.new; mv ${answer}.new ${answer}`;
  user.inGuest("send-keys", "-t", `=home:${window}`, "-l", `${line}\n`);
  await until(() => existsSync(answer));
  const [code = "", token = "", address = "", model = ""] = readFileSync(answer, "utf8").trim().split(" ");
  return { code, token, address, model };
}

/** What the proxy says to a placeholder, whoever has it. */
const answerTo = async ({ token, address }: Seen) =>
  (await fetch(`${address}/v1/models`, { headers: { "x-api-key": token } }).catch(() => undefined))?.status;

async function enter(options: Parameters<KeeperUser["enter"]>[0] = {}): Promise<void> {
  await user.enter({ around: NOTED, ...options });
  await user.shows(LEAVE);
}
async function killClient(): Promise<void> {
  process.kill(user.client(), "SIGKILL");
  expect((await user.ended()).code).toBe(137);
}
/** The keeper has looked which sessions live. */
async function swept(): Promise<void> {
  const due = Date.now() + 6000;
  await until(() => Date.now() > due);
}

test("a placeholder works while any window of its session lives, whatever becomes of the clients", async () => {
  await enter();
  const first = await inWindow();
  expect(first).toMatchObject({ code: "200", token: expect.stringMatching(/^agent-vm-/) });
  const { pid } = (await keeperStatus(user.paths)) ?? {};
  await killClient();
  await swept();
  expect(await inWindow()).toEqual(first);
  // What C-b c does.
  user.inGuest("new-window", "-t", "=home:");
  expect(await inWindow("2")).toEqual(first);
  user.inGuest("kill-window", "-t", "=home:1");
  await enter();
  expect(await inWindow()).toEqual(first);
  user.keys("C-b", "d");
  await user.ended();
  await enter({ another: true });
  const later = await inWindow();
  expect([later.code, later.token === first.token]).toEqual(["200", false]);
  expect(await answerTo(first)).toBe(200);
  expect((await keeperStatus(user.paths))?.pid).toBe(pid);
  // Its last window goes, and nothing names it any more; the session goes on.
  user.inGuest("kill-window", "-t", "=home:1");
  await until(async () => (await answerTo(first)) === 403);
  expect((await inWindow()).code).toBe("200");
  user.line("exit");
  await user.ended();
  await until(async () => (await keeperStatus(user.paths))?.sessions === 0);
  expect(await answerTo(later)).not.toBe(200);
});

test("a change on the host reaches new windows; those that are open keep what they have, with the new key", async () => {
  await enter();
  const before = await inWindow();
  expect(before.model).toBe("none");
  user.keys("C-b", "d");
  await user.ended();
  given(CHANGED, { ANTHROPIC_MODEL: "another" });
  await enter();
  keys = [];
  expect(await inWindow()).toEqual(before);
  user.inGuest("new-window", "-t", "=home:");
  expect(await inWindow()).toMatchObject({ code: "200", model: "another" });
  expect(keys).toEqual([CHANGED, CHANGED]);
});

test("a detached run has one that ends with it", async () => {
  const stop = user.file("stop");
  const tell = `echo "200 $ANTHROPIC_AUTH_TOKEN $ANTHROPIC_BASE_URL" >${user.file("told")}`;
  const run = ["sh", "-c", `${tell}; while [ ! -e ${stop} ]; do sleep 0.2; done`];
  await user.enter({ run, detach: true });
  expect((await user.ended()).code).toBe(0);
  await until(() => existsSync(user.file("told")) && readFileSync(user.file("told"), "utf8").endsWith("\n"));
  const [code = "", token = "", address = ""] = readFileSync(user.file("told"), "utf8").trim().split(" ");
  const seen = { code, token, address, model: "" };
  await swept();
  expect(await answerTo(seen)).toBe(200);
  spawnSync("touch", [stop]);
  await until(async () => (await answerTo(seen)) !== 200);
  await until(async () => (await keeperStatus(user.paths))?.sessions === 0);
});

test("it ends with the session when tmux is killed", async () => {
  await enter();
  const seen = await inWindow();
  expect(seen.code).toBe("200");
  process.kill(Number(user.inGuest("display-message", "-p", "#{pid}")), "SIGKILL");
  await until(async () => (await answerTo(seen)) !== 200);
  await until(async () => (await keeperStatus(user.paths))?.sessions === 0);
});

test("the key is nowhere but with the keeper: not in tmux, an argument list, the VM, a log", async () => {
  const grep = (text: string, ...places: string[]) =>
    spawnSync("grep", ["-rlaF", "-e", text, ...places], { encoding: "utf8" }).stdout;
  let seen: Seen | undefined;
  const lines = await watched(async () => {
    await enter();
    seen = await inWindow();
    user.line('printf "it is %s\\n" "$ANTHROPIC_AUTH_TOKEN"; env; cat /proc/$$/environ | tr "\\0" "\\n"');
    await user.shows("AGENT_VM_SESSION=");
    user.inGuest("new-window", "-t", "=home:");
    await killClient();
    await enter();
  });
  expect(seen?.code).toBe("200");
  const pid = user.inGuest("display-message", "-p", "#{pid}").trim();
  const saved = [
    user.inGuest("show-environment", "-g"),
    user.inGuest("show-environment", "-t", "=home"),
    user.inGuest("capture-pane", "-p", "-S", "-", "-t", "=home:1"),
    readFileSync(`/proc/${pid}/environ`, "latin1"),
  ];
  expect(saved[2]).toContain("AGENT_VM_SESSION=");
  expect(lines).toContain("keeper");
  for (const where of [lines, ...saved]) expect(where).not.toContain(KEY);
  // The file with the host's environment is the test's own.
  expect(grep(KEY, user.guest.home, user.base, user.paths.sharedState)).toBe("");
  // The placeholder is in the memory of the session's windows; nobody keeps it on a disk.
  for (const where of [lines, saved[0], saved[1], saved[3]]) expect(where).not.toContain(seen?.token);
  expect(grep(seen?.token ?? "", user.paths.sharedState)).toBe("");
  expect(grep(seen?.token ?? "", `${user.guest.home}/.local/state/agent-vm`)).toBe("");
});
