// What a lasting session knows of the host's secrets, over a real sshd and tmux: in the windows' environment, and
// nowhere else; gone with the session, however it ends.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { newSessionId } from "../../src/domain/session/enter.ts";
import type { SessionEnvironment } from "../../src/domain/session/environment.ts";
import { type Opening, openSession } from "../../src/domain/session/open.ts";
import { createWorld, placesOf, type World } from "./guest.ts";
import { type Condition, eventually, tmuxIn } from "./guest-sessions.ts";
import { watched } from "./in-session.ts";

const KEY = "sk-canary-0123456789abcdef";
const OTHER = "sk-another-canary-abcdef";
const GOOGLE = JSON.stringify({ type: "authorized_user", refresh_token: "canary-refresh-98765" });

let world: World;
let base: string;
beforeEach(async () => {
  world = await createWorld();
  base = placesOf(world.guestHome);
});
afterEach(async () => {
  tmux("kill-server");
  await until(() => present().length === 0);
  world.remove();
});

const tmux = (...args: string[]) => tmuxIn(world, ...args).stdout;
const until = (condition: Condition) => eventually(condition, () => readdirSync(base));

/** What of a session lies in the guest's memory: its variables, its keys' place. */
const present = () =>
  existsSync(base) ? readdirSync(base).filter((name) => /\.env|\.place|^[0-9a-f]{16}$/.test(name)) : [];
const places = () => present().filter((name) => /^[0-9a-f]{16}$/.test(name));

const open = async (environment: SessionEnvironment, more: Partial<Opening> = {}) =>
  openSession(world.ctx, await world.ctx.target(), {
    ...{ id: newSessionId(), name: "home", dir: "", title: "home", environment },
    ...more,
  });
const withKey = (key: string, google?: string): SessionEnvironment => ({
  values: { ANTHROPIC_API_KEY: key },
  ...(google !== undefined && { google }),
});

/** Runs a line in the window that is shown, and gives what it writes. */
async function inWindow(line: string): Promise<string> {
  const answer = join(world.guestHome, "answer");
  tmux("send-keys", "-t", "=home:", "-l", `{ ${line} ; } >${answer}.new 2>&1; mv ${answer}.new ${answer}\n`);
  await until(() => existsSync(answer));
  const said = readFileSync(answer, "utf8");
  spawnSync("rm", [answer]);
  return said;
}

const serverEnvironment = () =>
  readFileSync(`/proc/${tmux("display-message", "-p", "#{pid}").trim()}/environ`, "latin1");

/** All that lies in the guest's home. */
const inFiles = (text: string) =>
  spawnSync("grep", ["-rlF", "-e", text, world.guestHome, world.hostHome], { encoding: "utf8" }).stdout;

test("a secret is in the window's environment; not in tmux', an argument list, a file of the disk", async () => {
  const lists = await watched(async () => {
    await open(withKey(KEY, GOOGLE));
    expect(await inWindow('printf %s "$ANTHROPIC_API_KEY" | tr a-z A-Z')).toBe(KEY.toUpperCase());
    expect(await inWindow('tr a-z A-Z <"$GOOGLE_APPLICATION_CREDENTIALS"')).toContain("CANARY-REFRESH-98765");
  });
  const secrets = [KEY, "canary-refresh-98765"];
  const saved = [
    tmux("show-environment", "-g"),
    tmux("show-environment", "-t", "=home"),
    serverEnvironment(),
  ];
  expect(saved[0]).toContain("HOME=");
  for (const secret of secrets) {
    for (const where of [...saved, lists, world.said.join("\n"), inFiles(secret)])
      expect(where).not.toContain(secret);
    expect(inFiles(secret)).toBe("");
  }
  const modes = execFileSync("stat", ["-c", "%a", base, join(base, "home.env"), join(base, "tmux")], {
    encoding: "utf8",
  });
  expect(modes).toBe("700\n600\n600\n");
});

test("a window has what a plain login has: the markers, proxies and authorities of the guest", async () => {
  // As pam_env gives them in the VM.
  const config = join(dirname(world.guestHome), "sshd_config");
  const with_ = (value: string) => {
    const text = readFileSync(config, "utf8").replace(
      /^SetEnv .*$/m,
      `SetEnv HOME=${world.guestHome} MARK="${value}"`,
    );
    writeFileSync(config, text);
  };
  for (const value of ["it's $(id) `x`", "changed"]) {
    with_(value);
    world.stopGuest();
    await world.startGuest();
    await open({ values: {} }, { another: true });
    expect(await inWindow('printf "%s|" "$MARK" "$SSH_CONNECTION" "$TERM"')).toBe(`${value}||tmux-256color|`);
  }
});

test("new windows get the variables of the last connect, those that are open keep theirs", async () => {
  await open(withKey(KEY, GOOGLE));
  const show = 'printf "%s %s" "$ANTHROPIC_API_KEY" "$GOOGLE_APPLICATION_CREDENTIALS"';
  const [, first = ""] = (await inWindow(show)).split(" ");
  expect(await open(withKey(OTHER))).toBe(false);
  expect(await inWindow('printf %s "$ANTHROPIC_API_KEY"')).toBe(KEY);
  // What C-b c does.
  tmux("new-window", "-t", "=home:");
  expect(await inWindow(show)).toBe(`${OTHER} `);
  // The first window still has its file, and takes it along.
  expect(existsSync(first)).toBe(true);
  tmux("kill-window", "-t", "=home:1");
  await until(() => places().length === 0);
  expect(existsSync(join(base, "home.env"))).toBe(true);
});

describe("Google's file and the keys' place", () => {
  test("go with the session's last process, a detached one too, and its variables with the session", async () => {
    await open(withKey(KEY, GOOGLE));
    const stop = join(world.guestHome, "stop");
    await inWindow(
      `setsid sh -c 'while [ ! -e ${stop} ]; do sleep 0.1; done' </dev/null >/dev/null 2>&1 & true`,
    );
    expect(places()).toHaveLength(1);
    tmux("send-keys", "-t", "=home:", "exit", "Enter");
    await until(() => !existsSync(join(base, "home.env")));
    expect(places()).toHaveLength(1);
    writeFileSync(stop, "");
    await until(() => present().length === 0);
  });

  test.each([
    ["the session is killed", () => tmux("kill-session", "-t", "=home")],
    ["the server ends", () => tmux("kill-server")],
    ["the server is killed", () => process.kill(Number(tmux("display-message", "-p", "#{pid}")), "SIGKILL")],
  ])("go when %s", async (_how, end) => {
    await open(withKey(KEY, GOOGLE));
    await inWindow("true");
    expect(present()).toHaveLength(3);
    end();
    await until(() => present().length === 0);
  });

  test("are not those of a session of the same name that comes after", async () => {
    await open(withKey(KEY, GOOGLE));
    await inWindow("true");
    tmux("kill-server");
    await open(withKey(OTHER, GOOGLE));
    expect(await inWindow('printf %s "$ANTHROPIC_API_KEY"')).toBe(OTHER);
    await until(() => places().length === 1);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(present()).toHaveLength(3);
  });
});
