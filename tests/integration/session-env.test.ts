// What a session gets from the host, over a real sshd: the values arrive, and lie nowhere else, during it and after.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { unmount } from "../../src/domain/mount/unmount.ts";
import { EXIT } from "../../src/errors.ts";
import { type Run, run } from "../../src/io/run.ts";
import { createWorld, placesOf, refused, type World } from "./guest.ts";
import { eventually } from "./guest-sessions.ts";
import { type Change, inSession, untilSeen, watched } from "./in-session.ts";

const KEY = "sk-canary-0123456789abcdef";
const SECRET = "canary-refresh-token-98765";

let world: World;
let children: ChildProcess[];
let PLACES: string;
beforeEach(async () => {
  world = await createWorld();
  PLACES = placesOf(world.guestHome);
  children = [];
});
afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  await unmount(world.ctx);
  world.remove();
});

const session = (script: string, change: Change = {}) => inSession(world, script, change);

/** The places of this test's sessions. */
const places = () => (existsSync(PLACES) ? readdirSync(PLACES) : []);

function googleFile(text: string): string {
  const path = join(world.hostHome, "google.json");
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}
const GOOGLE = JSON.stringify({ type: "authorized_user", refresh_token: SECRET, client_id: "x" });

describe("variables", () => {
  test("arrive whole, over a new connection and the shared one", async () => {
    const value = `${KEY} 'quoted' "$(id)" ü\nsecond line\\`;
    for (let time = 0; time < 2; time++) {
      const env = { ANTHROPIC_API_KEY: value };
      expect(await session('printf "%s|" "$ANTHROPIC_API_KEY" "${OPENAI_API_KEY-none}"', { env })).toBe(
        `${value}|none|`,
      );
    }
  });

  test("of the user's file arrive, and names left out do not", async () => {
    const change = {
      env: { ANTHROPIC_API_KEY: KEY, GEMINI_API_KEY: KEY, MINE: "from the host" },
      settings: { env: { MINE: null, GIVEN: "here", EMPTY: "", ANTHROPIC_API_KEY: false } },
    };
    const script =
      'printf "%s|" "$MINE" "$GIVEN" "${EMPTY-none}" "${ANTHROPIC_API_KEY-none}" "$GEMINI_API_KEY"';
    expect(await session(script, change)).toBe(`from the host|here||none|${KEY}|`);
  });

  test("stay at home with --no-env, Google's file too", async () => {
    const env = { ANTHROPIC_API_KEY: KEY, GOOGLE_APPLICATION_CREDENTIALS: "/nowhere" };
    const script = 'echo "${ANTHROPIC_API_KEY-none} ${GOOGLE_APPLICATION_CREDENTIALS-none}"';
    expect(await session(script, { env, options: { env: false } })).toBe("none none\n");
  });

  test("are in no argument list of either side while the session runs", async () => {
    const env = { ANTHROPIC_API_KEY: KEY, GOOGLE_APPLICATION_CREDENTIALS: googleFile(GOOGLE) };
    const file = join(world.guestHome, "seen");
    const seen = await watched(() => session(untilSeen(file), { env }), file);
    expect(seen).toContain("ANTHROPIC_API_KEY");
    expect(seen).toContain("sleep");
    expect(seen).not.toContain(KEY);
    expect(seen).not.toContain(SECRET);
  });
});

test("a session has the terminal's guard, unless --raw-terminal", async () => {
  const guards: boolean[] = [];
  const enter: Run = async (_argv, { screen } = {}) => {
    guards.push(screen !== undefined);
    return { code: 0, stdout: "", stderr: "" };
  };
  await session("true", { enter });
  await session("true", { enter, options: { rawTerminal: true } });
  expect(guards).toEqual([true, false]);
});

describe("Google's credentials", () => {
  const SHOW =
    'stat -c "%a %n" "$GOOGLE_APPLICATION_CREDENTIALS"; cat "$GOOGLE_APPLICATION_CREDENTIALS"; env';

  test("are a file of the session's own in memory, gone when it ends", async () => {
    const printed = await session(SHOW, { env: { GOOGLE_APPLICATION_CREDENTIALS: googleFile(GOOGLE) } });
    expect(printed).toMatch(/^600 \/dev\/shm\/agent-vm-[\d-]+\/[0-9a-f]{16}\/google.json\n/);
    expect(printed).toContain(GOOGLE);
    expect(printed).not.toContain("AGENT_VM_SEND_");
    await eventually(() => places().length === 0);
  });

  test("are gcloud's default file where Vertex AI is in use, and not else", async () => {
    const directory = join(world.hostHome, ".config/gcloud");
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "application_default_credentials.json"), GOOGLE);
    expect(await session("env")).not.toContain("GOOGLE_APPLICATION");
    const env = { CLAUDE_CODE_USE_VERTEX: "1" };
    expect(await session(SHOW, { env })).toContain(SECRET);
    expect(await session("env", { env, settings: { google_credentials: "off" } })).not.toContain("GOOGLE_A");
  });

  test.each([
    ["is missing", undefined, "cannot be read (ENOENT)"],
    ["is no JSON", "{", "holds no Google credentials"],
    [
      "is JSON of another kind",
      '{"refresh_token":"canary-refresh-token-98765"}',
      "holds no Google credentials",
    ],
  ])("whose file %s are an error before anything starts", async (_what, text, says) => {
    const path = text === undefined ? "/nowhere/google.json" : googleFile(text);
    const calls: unknown[] = [];
    const counted: Run = (argv, options) => {
      calls.push(argv);
      return run(argv, options);
    };
    const change = { env: { GOOGLE_APPLICATION_CREDENTIALS: path }, run: counted };
    const error = await refused(session("true", change));
    expect(error.message).toContain(says);
    expect(error.exit).toBe(EXIT.usage);
    expect(`${error.message} ${error.hint}`).not.toContain(SECRET);
    expect(calls).toEqual([]);
  });

  /** The session's ssh as a process that the test can kill. A script ends with its client when it reads from it. */
  async function started(script: string): Promise<ChildProcess> {
    const spawned: Run = (argv, { env } = {}) => {
      const [file = "", ...args] = argv;
      children.push(spawn(file, args, { env: { ...env }, stdio: ["pipe", "ignore", "ignore"] }));
      return Promise.resolve({ code: 0, stdout: "", stderr: "" });
    };
    const env = { GOOGLE_APPLICATION_CREDENTIALS: googleFile(GOOGLE) };
    await session(script, { env, enter: spawned });
    await eventually(() => places().some((place) => existsSync(join(PLACES, place, "google.json"))));
    return children.at(-1) as ChildProcess;
  }

  test("are gone after the client was killed", async () => {
    const client = await started("cat");
    expect(statSync(PLACES).mode & 0o777).toBe(0o700);
    client.kill("SIGKILL");
    await eventually(() => places().length === 0);
  });

  test("stay while a detached child of the session lives, one that closed what it inherited too", async () => {
    const [up, stop] = ["up", "stop"].map((name) => join(world.guestHome, name)) as [string, string];
    const works = ": >~/up; while [ ! -e ~/stop ]; do sleep 0.2; done";
    const client = await started(`setsid sh -c 'exec 9<&-; ${works}' </dev/null >/dev/null 2>&1 & cat`);
    await eventually(() => existsSync(up));
    client.kill("SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect(places()).toHaveLength(1);
    writeFileSync(stop, "");
    await eventually(() => places().length === 0);
  });
});
