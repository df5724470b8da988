// Which of a workspace's windows attach, send, kill and logs mean, and what comes at once: over a real sshd and tmux.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { unmount } from "../../src/domain/mount/unmount.ts";
import { attachTo } from "../../src/domain/session/attach-to.ts";
import { killSession } from "../../src/domain/session/kill.ts";
import { listSessions } from "../../src/domain/session/list.ts";
import { runCommand } from "../../src/domain/session/run-command.ts";
import { sendToSession } from "../../src/domain/session/send.ts";
import { showSessionLog } from "../../src/domain/session/session-log.ts";
import { connect } from "../../src/domain/workspace/connect.ts";
import { EXIT } from "../../src/errors.ts";
import { commit, createWorld, placesOf, refused, type World } from "./guest.ts";
import { createTerminalFor, type Terminal } from "./terminal/in-tmux.ts";

const LEAVE = "leave: Ctrl-b d";

let world: World;
let terminal: Terminal;
beforeEach(async () => {
  world = await createWorld();
  terminal = createTerminalFor();
});
afterEach(async () => {
  terminal.remove();
  inGuest("kill-server");
  await unmount(world.ctx);
  world.remove();
});

const inGuest = (...args: string[]) =>
  spawnSync("tmux", ["-S", join(placesOf(world.guestHome), "tmux"), ...args], { encoding: "utf8" }).stdout;
const sessions = async () => listSessions(world.ctx, await world.ctx.target());
const onTerminal = () => ({ ...world.ctx, interactive: true, run: terminal.run });
async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  for (let tries = 0; !(await condition()); tries++) {
    if (tries > 600) throw new Error(`it did not happen: ${JSON.stringify(await sessions(), null, 1)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** While `work` shows a session on the terminal; leaves it afterwards and gives the exit code. */
async function during(work: Promise<number>, meanwhile: () => Promise<void>): Promise<number> {
  // A command that fails is told at once, and not when nothing comes.
  await Promise.race([terminal.shows(LEAVE), work.then(() => undefined)]);
  await meanwhile();
  terminal.keys("C-b", "d");
  return work;
}

/** A window of the workspace's session that knows its name; gives its session's id. */
async function windowCalled(name: string, options: Record<string, unknown> = {}): Promise<string> {
  let id = "";
  const code = await during(connect(onTerminal(), "work", options), async () => {
    terminal.line(`me=${name}; clear; echo "this is $me"`);
    await terminal.shows(`this is ${name}`);
    id = inGuest("display-message", "-p", "-t", "=shop-work:", "#{@agent_vm_id}").trim();
  });
  expect(code).toBe(0);
  expect(id).toMatch(/^[0-9a-f]{16}$/);
  return id;
}

const attach = (session?: string) =>
  attachTo(onTerminal(), "work", { rawTerminal: false, ...(session !== undefined && { session }) });
let asked = 0;
const shows = async (name: string, session?: string) => {
  const code = await during(attach(session), async () => {
    asked += 1;
    terminal.line(`clear; echo "it is $me, ${asked}"`);
    await terminal.shows(`it is ${name}, ${asked}`);
  });
  expect(code).toBe(0);
};
const send = (session: string, text: string) =>
  sendToSession(world.ctx, "work", { session, text, keys: ["Enter"] });
async function logOf(session: string): Promise<string> {
  world.said.length = 0;
  await showSessionLog(world.ctx, "work", { session, follow: false });
  return world.said.join("\n");
}

test("each window of a workspace's session is one of its own for attach, send, logs and kill", async () => {
  const first = await windowCalled("one");
  const second = await windowCalled("two", { new: true });
  expect(first).not.toBe(second);
  expect((await sessions()).map(({ id, branch, kind }) => [id, branch, kind]).sort()).toEqual(
    [
      [first, "work", "shell"],
      [second, "work", "shell"],
    ].sort(),
  );
  await shows("one", first);
  // What was shown last is shown again.
  await shows("one");
  await shows("two", second.slice(0, 8));
  // A pane beside it has an id, too.
  inGuest("split-window", "-t", "=shop-work:1");
  const panes = inGuest("list-panes", "-t", "=shop-work:1", "-F", "#{@agent_vm_id}").trim().split("\n");
  await until(() => {
    panes.splice(0, 9, ...inGuest("list-panes", "-t", "=shop-work:1", "-F", "#{@agent_vm_id}").split("\n"));
    return panes.filter((id) => /^[0-9a-f]{16}$/.test(id)).length === 2;
  });
  const third = panes.find((id) => id !== first) ?? "";
  await send(third, "me=three; clear");
  await shows("three", third);
  await shows("one", first);

  await send(first, 'echo "sent to $me"');
  await send(second, 'echo "sent to $me"');
  await until(async () => (await logOf(first)).includes("sent to one"));
  await until(async () => (await logOf(second.slice(0, 6))).includes("sent to two"));
  expect(await logOf(first)).not.toContain("sent to two");
  expect(await logOf(third)).not.toContain("sent to one");

  expect(await killSession(world.ctx, "work", { session: first, grace: 10 })).toBe(
    `The session ${first.slice(0, 8)} of work has ended.`,
  );
  const states = new Map((await sessions()).map(({ id, state }) => [String(id), state]));
  expect(states.get(first)).toBe("killed");
  for (const id of [second, third]) expect(["working", "idle"]).toContain(states.get(id));
  expect(await logOf(first)).toContain("sent to one");
  const error = await refused(attach(first));
  expect([error.message, error.exit]).toEqual([
    `The session ${first.slice(0, 8)} of work has ended.`,
    EXIT.failed,
  ]);
  expect(error.hint).toContain(`agent-vm logs work --session ${first.slice(0, 8)}`);
  await shows("two", second);
  const several = await refused(send("", "x"));
  expect([several.message, several.exit]).toEqual(['Several sessions of work begin with "".', EXIT.usage]);
});

test("beside a run, each is reached; the way back names the one that was asked for", async () => {
  const shell = await windowCalled("one");
  const script = 'me=run; printf "%s?" "$me"; while read -r line; do eval "$line"; done';
  await runCommand({ ...world.ctx, afterDashes: ["bash", "-c", script] }, { branch: "work", detach: true });
  const run = String((await sessions()).find(({ kind }) => kind === "command")?.id);
  await shows("run");
  await shows("one", shell);
  expect(world.said).toContain(
    `The session goes on in the VM. Back to it: agent-vm attach work --session ${shell.slice(0, 8)}`,
  );
  await shows("run", run);
  // One that ends while we are in it gives its exit code.
  const code = attach(run);
  await terminal.shows(LEAVE);
  terminal.line("exit 5");
  expect(await code).toBe(5);
});

describe("at once, where no workspace is yet:", () => {
  const SETUP = "setup: |\n  echo set >>~/set-up\n  sleep 1\n";
  const setUps = () => readFileSync(join(world.guestHome, "set-up"), "utf8");
  const runs = (name: string) =>
    runCommand(
      { ...world.ctx, afterDashes: ["sh", "-c", `cat README.md; echo ${name} >~/${name}; sleep 100`] },
      { branch: "work", detach: true },
    );
  const ran = (name: string) => until(() => existsSync(join(world.guestHome, name)));

  test("two runs on one branch", async () => {
    commit(world.repo, { ".agent-vm.yaml": SETUP });
    expect(await Promise.all([runs("a"), runs("b")])).toEqual([0, 0]);
    const waits = /is being set up by another command \(process \d+\); this one waits for it/;
    expect(world.said.filter((line) => waits.test(line))).toHaveLength(1);
    for (const name of ["a", "b"]) await ran(name);
    const all = await sessions();
    expect(all.map(({ branch, kind }) => [branch, kind])).toEqual(Array(2).fill(["work", "command"]));
    expect(new Set(all.map(({ name }) => name)).size).toBe(2);
    expect(setUps()).toBe("set\n");
  });

  test("a run, and a connect that opens the session", async () => {
    commit(world.repo, { ".agent-vm.yaml": SETUP });
    const running = runs("a");
    const connected = connect(onTerminal(), "work", {});
    expect(await running).toBe(0);
    const code = await during(connected, async () => {
      terminal.line('clear; echo "in ${PWD##*/}"; cat README.md');
      await terminal.shows("in shop-work");
      await terminal.shows("hello");
    });
    expect(code).toBe(0);
    await ran("a");
    expect((await sessions()).map(({ kind }) => kind).sort()).toEqual(["command", "shell"]);
    expect(setUps()).toBe("set\n");
  });
});
