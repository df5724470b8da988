// Sessions that are not there, guests that lack something or lie, and several at once: over a real sshd and tmux.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Context } from "../../src/context.ts";
import { unmount } from "../../src/domain/mount/unmount.ts";
import { attachTo } from "../../src/domain/session/attach-to.ts";
import { newSessionId } from "../../src/domain/session/enter.ts";
import { LOGGER } from "../../src/domain/session/guest/logger.ts";
import { killSession } from "../../src/domain/session/kill.ts";
import { listSessions } from "../../src/domain/session/list.ts";
import { openSession } from "../../src/domain/session/open.ts";
import { sessionRows } from "../../src/domain/session/rows.ts";
import { runCommand } from "../../src/domain/session/run-command.ts";
import { sendToSession } from "../../src/domain/session/send.ts";
import { showSessionLog } from "../../src/domain/session/session-log.ts";
import { settingsSchema } from "../../src/domain/settings.ts";
import { EXIT } from "../../src/errors.ts";
import { createWorld, placesOf, refused, type World } from "./guest.ts";
import { type Condition, eventually } from "./guest-sessions.ts";

let world: World;
let base: string;
let kept: string;
beforeEach(async () => {
  world = await createWorld();
  base = placesOf(world.guestHome);
  kept = join(world.guestHome, ".local/state/agent-vm/sessions");
});
afterEach(async () => {
  tmux("kill-server");
  await unmount(world.ctx);
  world.remove();
});

const tmux = (...args: string[]) =>
  spawnSync("tmux", ["-S", join(base, "tmux"), ...args], { encoding: "utf8" });
const sessions = async (ctx: Context = world.ctx) => listSessions(ctx, await ctx.target());
const detached = (words: string[], change: Partial<Context> = {}) =>
  runCommand({ ...world.ctx, afterDashes: words, ...change }, { branch: "work", detach: true });
const opens = async (ctx: Context = world.ctx) =>
  openSession(ctx, await ctx.target(), {
    ...{ id: newSessionId(), name: "home", dir: "", title: "home", environment: { values: {} } },
  });
const until = (condition: Condition) => eventually(condition, sessions);
const interactive = () => ({ ...world.ctx, interactive: true });

/** The guest's sshd gives out other variables. */
async function withVariables(line: string): Promise<void> {
  const config = join(dirname(world.guestHome), "sshd_config");
  writeFileSync(config, readFileSync(config, "utf8").replace(/^SetEnv .*$/m, `SetEnv ${line}`));
  world.stopGuest();
  await world.startGuest();
}

describe("attach", () => {
  test("says what is missing: a terminal, the workspace, a session, that session", async () => {
    const offTerminal = await refused(attachTo(world.ctx, "work", { rawTerminal: false }));
    expect([offTerminal.message, offTerminal.exit]).toEqual([
      "Only a terminal can be attached to a session.",
      EXIT.usage,
    ]);
    const attach = (session?: string) =>
      refused(
        attachTo(interactive(), "work", { rawTerminal: false, ...(session !== undefined && { session }) }),
      );
    expect((await attach()).message).toMatch(/work/);
    await detached(["true"]);
    await until(async () => (await sessions())[0]?.state === "finished");
    expect((await attach()).message).toBe("All sessions of work have ended.");
    const unknown = await attach("$(id)'\u001b[31m");
    expect([unknown.message.includes("\u001b"), unknown.exit]).toEqual([false, EXIT.usage]);
  });
});

describe("at once", () => {
  test("two connects make one session", async () => {
    const made = await Promise.all([opens(), opens(), opens()]);
    expect(made.filter(Boolean)).toHaveLength(1);
    expect(tmux("list-panes", "-a").stdout.trim().split("\n")).toHaveLength(1);
    await until(async () => (await sessions()).length === 1);
  });

  test("two runs in one branch are two sessions, each with its own name", async () => {
    for (const words of [
      ["sleep", "100"],
      ["sleep", "200"],
    ])
      await detached(words);
    const all = await sessions();
    expect(all.map((one) => [one.title, one.state])).toEqual(
      expect.arrayContaining([
        ["sleep 100", "working"],
        ["sleep 200", "working"],
      ]),
    );
    const [first] = all.filter((one) => one.title === "sleep 100");
    await killSession(world.ctx, "work", { session: first?.id.slice(0, 8), grace: 3 });
    const left = (await sessions()).filter((one) => one.state === "working" || one.state === "idle");
    expect(left.map((one) => one.title)).toEqual(["sleep 200"]);
  });
});

test("a prompt with every metacharacter reaches an agent as it is, as a word and on its input", async () => {
  const own = join(world.hostHome, ".config/agent-vm/agents");
  mkdirSync(own, { recursive: true });
  const got = join(world.guestHome, "got");
  const script = join(world.guestHome, "mine");
  writeFileSync(script, `#!/bin/sh\nif [ $# = 0 ]; then cat; else printf %s "$1"; fi >"${got}"\n`);
  chmodSync(script, 0o755);
  const prompt = `of -n --help $(id) \`id\` "two" 'one' \\ ; | & < > ( ) { } * ? [a] ~ ! # % = #{pid} #(id) \u0001\t\r\nnext {prompt} ünï`;
  for (const once of [`[${script}]`, `[${script}, "{prompt}"]`]) {
    writeFileSync(
      join(own, "mine.yaml"),
      `title: Mine\ncommand: mine\nrun:\n  once: ${once}\n  talk: [${script}]\n`,
    );
    const ctx = { ...world.ctx, settings: settingsSchema.parse({ agent: "mine" }) };
    await runCommand(ctx, { branch: "work", prompt, detach: true });
    await until(() => existsSync(got) && readFileSync(got, "utf8") === prompt);
    rmSync(got);
  }
});

describe("a guest", () => {
  test("without tmux: said, with the way on", async () => {
    const bin = join(world.guestHome, "bin");
    mkdirSync(bin);
    for (const name of readdirSync("/usr/bin")) {
      if (name !== "tmux") symlinkSync(join("/usr/bin", name), join(bin, name));
    }
    await withVariables(`HOME=${world.guestHome} PATH=${bin}`);
    const error = await refused(opens());
    expect([error.message, error.exit]).toEqual([
      "The VM has no tmux, in which sessions live.",
      EXIT.notReady,
    ]);
    expect(await sessions()).toEqual([]);
  });

  test("whose home has a space, a quote and what tmux would expand", async () => {
    const home = join(world.guestHome, "h o'm#{pid}%H");
    mkdirSync(home);
    await withVariables(`"HOME=${home}"`);
    base = placesOf(home);
    await opens();
    tmux("send-keys", "-t", "=home:", "echo all is w''ell", "Enter");
    const place = join(home, ".local/state/agent-vm/sessions");
    const logs = () => readdirSync(place).map((id) => join(place, id, "log"));
    await until(() =>
      logs().some((log) => existsSync(log) && readFileSync(log, "utf8").includes("all is well")),
    );
    expect((await sessions())[0]).toMatchObject({ kind: "shell", dir: "" });
  });

  test("whose disk takes nothing: a shell opens all the same and says so, a command does not", async () => {
    mkdirSync(kept, { recursive: true });
    await runCommand({ ...world.ctx, afterDashes: ["true"] }, { branch: "work" });
    chmodSync(kept, 0o500);
    expect(await opens()).toBe(true);
    expect(world.said.join("\n")).toContain("takes no files: nothing is kept of this session.");
    tmux("send-keys", "-t", "=home:", "touch $HOME/it-wor''ks", "Enter");
    await until(() => existsSync(join(world.guestHome, "it-works")));
    const error = await refused(detached(["true"]));
    expect(error.message).toBe("The agent's home in the VM takes no files, so nothing can be run there.");
    chmodSync(kept, 0o700);
  });

  test("whose disk is full for a while: the log says what it lacks", async () => {
    const log = join(world.guestHome, "log");
    symlinkSync("/dev/full", log);
    const logger = spawn("perl", ["-e", LOGGER, log, "="], { stdio: ["pipe", "ignore", "ignore"] });
    const ended = new Promise((resolve) => logger.once("exit", resolve));
    // What is lost is told in the file that takes the next piece: here the one after a rotation.
    await new Promise((resolve) => logger.stdin.write("x".repeat(5_000_000), resolve));
    // All is in its pipe by now, and it sleeps only when it has taken it.
    const state = () => /^State:\t(\w)/m.exec(readFileSync(`/proc/${logger.pid}/status`, "utf8"))?.[1];
    await until(() => state() === "S");
    rmSync(log);
    logger.stdin.end("second");
    await ended;
    expect(readFileSync(log, "utf8")).toBe(
      "\n[agent-vm: 5000000 bytes are not kept: No space left on device]\nsecond",
    );
  });
});

/** A session as its files tell it; what a hostile agent makes of them is given. */
function planted(id: string, change: { about?: string[]; end?: string; state?: string } = {}): string {
  const place = join(kept, id);
  mkdirSync(place, { recursive: true });
  const about = change.about ?? ["1", "shop-work", "x", "command", "", "1", "1", "boot", "1", "title"];
  writeFileSync(join(place, "about"), about.map((field) => `${field}\0`).join(""));
  if (change.end !== undefined) writeFileSync(join(place, "end"), change.end);
  if (change.state !== undefined) writeFileSync(join(place, "state"), change.state);
  return place;
}
const hex = (number: number) => number.toString(16).padStart(16, "0");
const EVIL = "\u001b]0;owned\u0007\u001b[2J\u009b31m\r\n\u202eevil";
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be shown
const RAW = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/;

describe("sessions that a hostile agent plants", () => {
  beforeEach(async () => {
    await detached(["sleep", "100"]);
  });

  test("show nothing raw, and are what they say at most in words", async () => {
    planted(hex(1), { about: ["1", EVIL, EVIL, EVIL, EVIL, "-1", EVIL, EVIL, "9".repeat(30), EVIL] });
    planted(hex(2), { end: `0 1${EVIL}`, state: `working ${EVIL}` });
    planted(hex(3), { end: "999999999 1" });
    tmux("new-session", "-d", "-s", "x; $(id) #(id)", "printf '\\033]0;x\\007here'; sleep 100");
    tmux("set-option", "-p", "-t", "x; $(id) #(id)", "@agent_vm_id", `${hex(2)} a b\nc`);
    const all = await sessions();
    expect(all.map((one) => one.id)).toEqual(expect.arrayContaining([hex(1), hex(2), hex(3)]));
    const { rows } = sessionRows(all, { now: Date.now() / 1000, columns: 200 });
    expect(rows.flat().join(" ")).not.toMatch(RAW);
    expect(all.find((one) => one.title === "sleep 100")?.state).toBe("working");
  });

  test("are read in no time, whatever lies there and however much", async () => {
    for (let number = 0; number < 2000; number++) planted(hex(number + 0x100));
    for (const [at, file] of ["about", "end", "state"].entries()) {
      const zero = planted(hex(0xf0 + at));
      rmSync(join(zero, file), { force: true });
      symlinkSync("/dev/zero", join(zero, file));
      const fifo = planted(hex(0xe0 + at));
      rmSync(join(fifo, file), { force: true });
      execFileSync("mkfifo", [join(fifo, file)]);
      const huge = planted(hex(0xd0 + at));
      writeFileSync(join(huge, file), "");
      truncateSync(join(huge, file), 4 * 1024 ** 3);
    }
    const since = Date.now();
    const all = await sessions();
    // A generous limit: what waits or reads for ever would not end at all.
    expect(Date.now() - since).toBeLessThan(20_000);
    expect(all.length).toBeLessThanOrEqual(500);
    expect(all.some((one) => one.title === "sleep 100")).toBe(true);
  });

  test("have logs that are cleaned, bounded, and files", async () => {
    const ended = { end: `0 ${Math.floor(Date.now() / 1000)}\n` };
    const place = planted(hex(7), ended);
    const logs = async () => {
      world.said.length = 0;
      await showSessionLog(world.ctx, "work", { session: hex(7), follow: false });
      return world.said;
    };
    writeFileSync(join(place, "log"), `${EVIL}\n${"a".repeat(40_000)}${"\b".repeat(40_000)}end\nlast\u001b[`);
    const said = await logs();
    expect(said.join("")).not.toMatch(RAW);
    expect(said.join("\n")).toContain("end\nlast");
    // Nobody reads all of that to see its end.
    truncateSync(join(place, "log"), 2 * 1024 ** 4);
    expect((await logs()).join("").length).toBeLessThan(40_000_000);
    for (const make of [
      () => execFileSync("mkfifo", [join(place, "log")]),
      () => symlinkSync("/dev/zero", join(place, "log")),
    ]) {
      rmSync(join(place, "log"));
      make();
      expect((await refused(logs())).message).toContain("Nothing is kept of that session");
    }
  });

  test("cannot be entered, typed in or killed but as what they are", async () => {
    const victim = spawnSync("sh", ["-c", "sleep 100 >/dev/null 2>&1 & echo $!"], { encoding: "utf8" });
    const pid = victim.stdout.trim();
    const [, started] = [0, readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ")[19]];
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    // It lives, says its files, and in a session of tmux whose name is a trap.
    planted(hex(9), {
      about: ["1", "shop-work", "=x; id", "command", "", pid, `${started}`, boot, "1", "t"],
    });
    const error = await refused(attachTo(interactive(), "work", { session: hex(9), rawTerminal: false }));
    expect(error.message).toContain("runs attached to the command that started it");
    const nowhere = await refused(sendToSession(world.ctx, "work", { session: hex(9), text: "x", keys: [] }));
    expect(nowhere.message).toContain("has no terminal in the VM");
    planted(hex(9), { about: ["1", "shop-work", "x", "command", "", "1; id", "1", boot, "1", "t"] });
    const gone = await refused(killSession(world.ctx, "work", { session: hex(9), grace: 1 }));
    expect(gone.message).toMatch(/has ended/);
    process.kill(Number(pid), "SIGKILL");
  });
});
