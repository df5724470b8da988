// How sessions end, over a real sshd and tmux: with the VM, by hand, cut short; what is then kept, run again, and forgotten.
import { spawn, spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Context } from "../../src/context.ts";
import { unmount } from "../../src/domain/mount/unmount.ts";
import { endAllSessions } from "../../src/domain/session/end-all.ts";
import { newSessionId } from "../../src/domain/session/enter.ts";
import { KEPT_SESSIONS, PRUNE } from "../../src/domain/session/guest/prune.ts";
import { DIRECT } from "../../src/domain/session/guest/window.ts";
import { tmuxName } from "../../src/domain/session/names.ts";
import { openSession } from "../../src/domain/session/open.ts";
import { type RunOptions, runCommand } from "../../src/domain/session/run-command.ts";
import { sendToSession } from "../../src/domain/session/send.ts";
import { settingsSchema } from "../../src/domain/settings.ts";
import { cleanBranch } from "../../src/domain/sync/save/clean.ts";
import { pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { EXIT, Interrupted } from "../../src/errors.ts";
import { type Run, run } from "../../src/io/run.ts";
import { createWorld, placesOf, refused, type World, write } from "./guest.ts";
import {
  type Condition,
  eventually,
  keptIn,
  newestOf,
  sessionsOf,
  showsIn,
  tmuxIn,
} from "./guest-sessions.ts";

let world: World;
let base: string;
beforeEach(async () => {
  world = await createWorld();
  base = placesOf(world.guestHome);
});
afterEach(async () => {
  inGuest("kill-server");
  await unmount(world.ctx);
  world.remove();
});

const inGuest = (...args: string[]) => tmuxIn(world, ...args);
const kept = (...rest: string[]) => keptIn(world, ...rest);

/** `run`, its output caught. */
async function runs(
  branch: string,
  words: string[] | undefined,
  options: RunOptions = {},
  change: Partial<Context> = {},
) {
  const caught: Run = (argv, { passThrough, ...rest } = {}) => run(argv, rest);
  return runCommand({ ...world.ctx, run: caught, afterDashes: words, ...change }, { branch, ...options });
}

/** The lasting session of a workspace, as `connect` leaves it behind. */
async function openShell(dir: string, memory?: number): Promise<void> {
  const opening = {
    id: newSessionId(),
    name: tmuxName(dir),
    dir,
    title: dir,
    environment: { values: {} },
    memory,
  };
  await openSession(world.ctx, await world.ctx.target(), opening);
}

const sessions = () => sessionsOf(world);
const of = async (id: string) => (await sessions()).find((one) => one.id === id);
const newest = () => newestOf(world);
const until = (condition: Condition) => eventually(condition, sessions);
const says = (line: string) => showsIn(world, line);

/** Exits by itself when it is asked, and says so. */
const WILLING = "trap 'echo saved >done.txt; exit 0' TERM; echo ready; while :; do sleep 0.1; done";
const DEAF = "trap '' TERM HUP; echo ready; while :; do sleep 0.1; done";

describe("before the VM stops", () => {
  test("they are named and asked; those that finish do, the others are killed, and it is all remembered", async () => {
    await runs("work", ["bash", "-c", WILLING], { detach: true });
    await says("ready");
    await runs("deaf", ["bash", "-c", DEAF], { detach: true });
    await until(async () => (await newest())?.branch === "deaf" && (await newest())?.lastLine === "ready");
    await openShell("shop-work");
    await runs("over", ["false"], { detach: true });
    await until(async () => (await newest())?.state === "failed");
    world.said.length = 0;
    await endAllSessions(world.ctx, await world.ctx.target(), 6);
    const told = world.said.join("\n");
    expect(told).toContain("These sessions end with the VM:");
    expect(told).toMatch(/work: bash -c trap .*, (working|idle)\? \(session [0-9a-f]{8}\)/);
    expect(told).toMatch(/work: a shell, /);
    expect(told).toMatch(/Not finished in time, and killed: deaf \(session [0-9a-f]{8}\)/);
    expect(told).not.toContain("over:");
    expect(readFileSync(world.at("shop-work", "done.txt"), "utf8")).toBe("saved\n");
    const ends = (await sessions()).map(({ branch, kind, state, exitCode, reason }) => [
      branch,
      kind,
      state,
      exitCode,
      reason,
    ]);
    expect(ends).toEqual([
      ["over", "command", "failed", 1, undefined],
      ["work", "shell", "lost", 129, "vm"],
      ["deaf", "command", "lost", 137, "vm"],
      ["work", "command", "lost", 0, "vm"],
    ]);
  });

  test("Ctrl-C lets those be that did not go", async () => {
    await runs("deaf", ["bash", "-c", DEAF], { detach: true });
    await says("ready");
    const over = new AbortController();
    const update = () => over.abort();
    const step = () => ({ update, done: () => undefined, failed: () => undefined });
    const ctx = { ...world.ctx, signal: over.signal, out: { ...world.ctx.out, step } };
    await expect(endAllSessions(ctx, await world.ctx.target(), 600)).rejects.toBeInstanceOf(Interrupted);
    const { id = "", state } = (await newest()) ?? {};
    expect(state).toBe("working");
    spawnSync("pkill", ["-KILL", "-P", readFileSync(kept(id, "about"), "utf8").split("\0")[5] ?? ""]);
    await until(async () => (await newest())?.state === "failed");
    expect((await newest())?.reason).toBeUndefined();
  });

  test("nobody is waited for when nothing runs; a VM that does not answer is no obstacle", async () => {
    const target = await world.ctx.target();
    await endAllSessions(world.ctx, target, 600);
    expect(world.said).toEqual([]);
    world.stopGuest();
    await endAllSessions(world.ctx, target, 600);
    expect(world.said.join()).toMatch(/^The sessions in the VM could not be asked to end: /);
  });
});

describe("an end that is told as what it was", () => {
  test("the server of all of them killed", async () => {
    await runs("work", ["sleep", "600"], { detach: true });
    const server = inGuest("display-message", "-p", "#{pid}").stdout.trim();
    process.kill(Number(server), "SIGKILL");
    await until(async () => (await newest())?.state === "killed");
    expect(await newest()).toMatchObject({ reason: "hangup", exitCode: 129 });
    // The next one begins with a server of its own.
    await runs("work", ["sh", "-c", "echo again; sleep 600"], { detach: true });
    await says("again");
  });

  test("files that were damaged or planted stand in nobody's way", async () => {
    await runs("work", ["true"]);
    const id = (await newest())?.id ?? "";
    const plant = (name: string, files: Record<string, string>) => {
      mkdirSync(kept(name));
      for (const [file, text] of Object.entries(files)) writeFileSync(kept(name, file), text);
    };
    const about = readFileSync(kept(id, "about"), "utf8");
    plant("0000000000000001", { about: "" });
    plant("0000000000000002", { about: about.slice(0, 40) });
    plant("0000000000000003", { about, end: "0 1 vm; rm -rf /" });
    plant("0000000000000004", { about, state: "waiting x" });
    plant("../../x\u001b[2J".replaceAll("/", "_"), { about });
    mkdirSync(kept("0000000000000005", "about"), { recursive: true });
    mkdirSync(kept("0000000000000006"));
    for (const file of ["about", "end", "state"]) spawnSync("mkfifo", [kept("0000000000000006", file)]);
    mkdirSync(kept("0000000000000007"));
    writeFileSync(kept("0000000000000007", "about"), about.replace("\0command\0", "\0$(reboot)\0"));
    for (const file of ["end", "state"]) spawnSync("mkfifo", [kept("0000000000000007", file)]);
    const seen = await sessions();
    expect(seen.map((one) => one.id).sort()).toEqual(
      ["0000000000000003", "0000000000000004", "0000000000000007", id].sort(),
    );
    expect(seen.find((one) => one.id.endsWith("3"))).toMatchObject({ state: "killed", exitCode: undefined });
  });

  const cannotMount = spawnSync("unshare", ["-Urm", "true"]).status !== 0;
  test.skipIf(cannotMount)("on a disk that was full", () => {
    const script = `mkdir -p "$HOME/.local/state" && mount -t tmpfs -o size=256k tmpfs "$HOME/.local/state" || exit 99
      bash -c "$1" agent-vm "" 00000000000000ff command "" 0 "" "" "" sh -c 'cat /dev/zero >"$AGENT_VM_SESSION_FILES/fill"; exit 3' 2>/dev/null
      cat "$HOME/.local/state/agent-vm/sessions/00000000000000ff/end"`;
    const env = { PATH: process.env["PATH"] ?? "", HOME: world.guestHome };
    const { stdout, status } = spawnSync("unshare", ["-Urm", "bash", "-c", script, "sh", DIRECT], {
      env,
      encoding: "utf8",
    });
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^3 \d+ +\n$/)]);
  });
});

describe("run --restart", () => {
  const off = { detach: true, restart: true } as const;

  test("runs what was cut short again, its words and its prompt as they were", async () => {
    const words = ["sh", "-c", 'echo "$1 in $PWD" >>out; sleep 600', "sh", "a b $(id) `id` ';\" ü\n*"];
    await runs("work", words, { detach: true });
    const out = () =>
      existsSync(world.at("shop-work", "out")) ? readFileSync(world.at("shop-work", "out"), "utf8") : "";
    await until(() => out() !== "");
    const first = (await newest())?.id ?? "";
    const running = await refused(runs("work", undefined, off));
    expect(running.message).toContain("is running already");
    await endAllSessions(world.ctx, await world.ctx.target(), 1);
    expect((await of(first))?.state).toBe("lost");
    expect(await runs("work", undefined, off)).toBe(EXIT.done);
    await until(() => out().length === 2 * `${words[4]} in ${world.at("shop-work")}\n`.length);
    expect(out().slice(out().length / 2)).toBe(out().slice(0, out().length / 2));
    const again = await newest();
    expect(again).toMatchObject({ state: "working", kind: "command", branch: "work" });
    expect(again?.id).not.toBe(first);
  });

  test("what ran attached, too, with the present variables", async () => {
    await runs("work", ["sh", "-c", "echo [$COLOUR]; exit 4"]);
    const settings = settingsSchema.parse({ env: { COLOUR: "blue" } });
    await runs("work", undefined, { restart: (await newest())?.id.slice(0, 6) ?? "" }, { settings });
    await until(async () => (await sessions()).filter((one) => one.state === "failed").length === 2);
    expect(readFileSync(kept((await newest())?.id ?? "", "log"), "utf8")).toContain("[blue]");
  });

  test("an agent's prompt comes from the guest; with --resume its own conversation goes on", async () => {
    const program = join(world.guestHome, "mine");
    const own = join(world.hostHome, ".config/agent-vm/agents");
    writeFileSync(
      program,
      '#!/bin/sh\n[ "$1" = once ] || { echo "went on $*"; exit 5; }\ncat >>"$HOME/got"; exit 1\n',
      { mode: 0o755 },
    );
    mkdirSync(own, { recursive: true });
    const form = (name: string) => `[${program}, ${name}]`;
    const description = `title: Mine\ncommand: mine\nrun:\n  once: ${form("once")}\n`;
    writeFileSync(join(own, "mine.yaml"), `${description}  resume: ${form("resume")}\n`);
    const change = { settings: settingsSchema.parse({ agent: "mine" }) };
    await runs("work", undefined, { prompt: "do it; $(id)" }, change);
    await runs("work", undefined, off);
    await until(() => readFileSync(join(world.guestHome, "got"), "utf8") === "do it; $(id)do it; $(id)");
    await until(async () => (await sessions()).every((one) => one.state === "failed"));
    await runs("work", undefined, { ...off, resume: true });
    await until(async () => (await newest())?.exitCode === 5);
    expect(readFileSync(kept((await newest())?.id ?? "", "log"), "utf8")).toContain("went on resume");
    writeFileSync(join(own, "mine.yaml"), description);
    const error = await refused(runs("work", undefined, { ...off, resume: true }));
    expect([error.exit, error.message]).toEqual([
      EXIT.usage,
      expect.stringContaining("no conversation that goes on"),
    ]);
  });

  test("what cannot be run again is said: nothing there, finished, forgotten, a wrong question", async () => {
    const message = async (work: Promise<unknown>) => (await refused(work)).message;
    expect(await message(runs("none", undefined, off))).toMatch(/none/);
    await pushToWorkspace(world.ctx, "work");
    expect(await message(runs("work", undefined, off))).toBe("work has no session to run again.");
    await runs("work", ["true"]);
    expect(await message(runs("work", undefined, off))).toBe("All sessions of work have finished.");
    const id = (await newest())?.id ?? "";
    rmSync(kept(id, "request"));
    expect(await message(runs("work", undefined, { restart: id }))).toBe(
      `What the session ${id.slice(0, 8)} ran is not kept any more.`,
    );
    expect((await sessions()).map((one) => one.id)).toEqual([id]);
    expect(await message(runs("work", ["true"], off))).toMatch(/^--restart runs what ran before/);
    expect(existsSync(world.at("shop-none"))).toBe(false);
  });
});

describe("a shell that was left behind", () => {
  const yes = () => ({
    ...world.ctx,
    confirm: { possible: true, ask: async () => true },
    flags: { yes: false },
  });

  test("at its prompt is ended by clean, which says so first", async () => {
    await pushToWorkspace(world.ctx, "work");
    await openShell("shop-work");
    await until(async () => (await newest())?.lastLine !== "");
    const asked: string[] = [];
    const no = async (question: string) => {
      asked.push(question);
      return false;
    };
    await refused(cleanBranch({ ...yes(), confirm: { possible: true, ask: no } }, "work", false));
    expect(asked).toHaveLength(1);
    expect((await newest())?.state).not.toBe("killed");
    world.said.length = 0;
    await cleanBranch(yes(), "work", false);
    expect(world.said.join("\n")).toMatch(/This waits at its prompt, and is ended first:\nwork: a shell, /);
    expect(existsSync(world.at("shop-work"))).toBe(false);
    expect(await newest()).toMatchObject({ state: "killed", reason: "kill" });
  });

  test.each([
    ["a program in it", "sleep 600"],
    ["one behind it", "sleep 600 &"],
    ["another program in its place", "exec sleep 600"],
  ])("with %s is work: nothing is deleted, and it is named", async (_, words) => {
    // Other tests have sleepers, too.
    const seconds = `${randomInt(100_000, 999_999)}`;
    const line = words.replace("600", seconds);
    await pushToWorkspace(world.ctx, "work");
    await openShell("shop-work");
    await until(async () => (await newest())?.lastLine !== "");
    await sendToSession(world.ctx, "work", { text: line, keys: ["Enter"] });
    const find = () => spawnSync("pgrep", ["-f", `^sleep ${seconds}$`], { encoding: "utf8" }).stdout;
    await until(() => find() !== "");
    const error = await refused(cleanBranch(yes(), "work", false));
    expect(error).toMatchObject({
      exit: EXIT.refused,
      message: "A session is at work there; nothing was deleted.",
    });
    expect(error.details).toEqual([
      expect.stringMatching(/^work: a shell, (working|idle)\? \(session [0-9a-f]{8}\)$/),
    ]);
    expect(error.hint).toContain("agent-vm kill work");
    expect(existsSync(world.at("shop-work"))).toBe(true);
  });

  test("that somebody looks at is work, and so is one that comes meanwhile", async () => {
    await pushToWorkspace(world.ctx, "work");
    await openShell("shop-work");
    const driver = spawn(
      "tmux",
      ["-L", "x", "-f", "/dev/null", "-C", "new-session", `tmux -S ${join(base, "tmux")} attach`],
      {
        stdio: ["pipe", "ignore", "ignore"],
        env: { ...process.env, TMUX: "", TMUX_TMPDIR: world.hostHome, TERM: "xterm" },
      },
    );
    try {
      await until(async () => (await newest())?.attached === 1);
      const error = await refused(cleanBranch(yes(), "work", false));
      expect(error.details).toEqual([expect.stringContaining("a terminal is in it")]);
    } finally {
      spawnSync("tmux", ["-L", "x", "kill-server"], { env: { ...process.env, TMUX_TMPDIR: world.hostHome } });
      driver.kill("SIGKILL");
    }
    await until(async () => (await newest())?.attached === 0);
    write(world.at("shop-work"), "new.txt", "n\n");
    let came = false;
    const meddling: Run = async (argv, options) => {
      const result = await run(argv, options);
      if (came || !/\bask'? '?kill\b/.test(argv.join(" "))) return result;
      came = true;
      await until(async () => (await newest())?.state === "killed");
      await openShell("shop-work");
      return result;
    };
    const error = await refused(cleanBranch({ ...yes(), run: meddling }, "work", false));
    expect([came, error.message]).toEqual([true, "A session is at work there; nothing was deleted."]);
    expect(existsSync(world.at("shop-work", "new.txt"))).toBe(true);
  });

  test("an agent's or a command's session is never ended by clean", async () => {
    await runs("work", ["sleep", "600"], { detach: true });
    const error = await refused(cleanBranch(yes(), "work", false));
    expect(error.details).toEqual([
      expect.stringMatching(/^work: sleep 600, (working|idle)\? \(session [0-9a-f]{8}\)$/),
    ]);
    expect((await newest())?.state).toMatch(/^(working|idle)$/);
  });
});

describe("what ended long ago is forgotten", () => {
  const prune = () =>
    spawnSync("bash", ["-c", PRUNE], { env: { PATH: process.env["PATH"] ?? "", HOME: world.guestHome } });
  const DAY = 86_400;

  test("all but the newest, none that is running, and nothing that is no session", async () => {
    await runs("work", ["sleep", "600"], { detach: true });
    const running = (await newest())?.id ?? "";
    const now = Date.now() / 1000;
    const make = (name: string, age: number, files: string[]) => {
      mkdirSync(kept(name), { recursive: true });
      for (const file of files) writeFileSync(kept(name, file), "");
      utimesSync(kept(name), now - age, now - age);
    };
    const name = (n: number) => n.toString(16).padStart(16, "0");
    for (let n = 0; n < KEPT_SESSIONS + 20; n++) make(name(n), 60 + n, ["end"]);
    make("f".repeat(16), 31 * DAY, ["end"]);
    make("e".repeat(16), 60, []);
    make("d".repeat(16), 2 * DAY, []);
    make("no-session", 90 * DAY, ["end"]);
    utimesSync(kept(running), now - 90 * DAY, now - 90 * DAY);
    prune();
    const left = readdirSync(kept());
    expect(left).toContain(running);
    expect(left).toContain("no-session");
    expect(left).toContain("e".repeat(16));
    expect(left).not.toContain("d".repeat(16));
    expect(left).not.toContain("f".repeat(16));
    expect(left.filter((one) => one.startsWith("0000")).sort()).toEqual(
      Array.from({ length: KEPT_SESSIONS }, (_, n) => name(n)).sort(),
    );
  });

  test("by itself, whenever a session is opened", async () => {
    const old = kept("a".repeat(16));
    for (const detach of [true, false]) {
      mkdirSync(old, { recursive: true });
      writeFileSync(join(old, "end"), "0 1\n");
      utimesSync(old, 1, 1);
      await runs("work", ["true"], { detach });
      await until(() => !existsSync(old));
    }
  });
});

test("a limit of the memory that cannot be had is said, and the session runs", async () => {
  await runs("work", ["sh", "-c", "sleep 600"], { detach: true, limitMemory: 1024 ** 3 });
  expect(world.said.join("\n")).toContain(
    "This VM cannot limit a session's memory; it runs without a limit.",
  );
  expect((await newest())?.state).toBe("working");
  world.said.length = 0;
  await openShell("", 1024 ** 3);
  expect(world.said.join("\n")).toContain("cannot limit");
});
