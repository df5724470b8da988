// A workspace's lasting session over a real sshd, on a real terminal (tmux): left, entered again, cut off, resumed.
import { execFileSync } from "node:child_process";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createSessionUser, NOTED, type SessionUser } from "./terminal/session-user.ts";

let user: SessionUser;
beforeAll(async () => {
  user = await createSessionUser();
});
afterAll(() => user.remove());
afterEach(() => user.over());

const inGuest = (format: string) => user.inGuest("display-message", "-p", "-t", "=home:", format).trim();
const terminals = (count: number) => user.until(() => inGuest("#{session_attached}") === String(count));
const LEAVE = "leave: Ctrl-b d";

/** In the session, with something that only it knows. */
async function remembered(options: Parameters<SessionUser["enter"]>[0] = {}): Promise<void> {
  await user.enter({ around: NOTED, ...options });
  await user.shows(LEAVE);
  user.line("marker=here; clear; echo it is $marker");
  await user.shows("it is here");
}

/** The terminal as the host's shell had it: no other screen, no mouse, nothing in its input. */
const AS_IT_WAS = "0000001";
const FLAGS =
  "#{alternate_on}#{mouse_any_flag}#{mouse_sgr_flag}#{keypad_cursor_flag}#{keypad_flag}#{insert_flag}#{cursor_flag}";
async function endedWith(code: number): Promise<void> {
  expect(await user.ended()).toEqual({ code, waiting: "" });
  expect(user.value(FLAGS)).toBe(AS_IT_WAS);
}

test("it is left, goes on, and is entered again; it remembers 50,000 lines; the keys are told once", async () => {
  await remembered();
  user.line('for i in $(seq 3); do echo "line $i"; sleep 0.2; done; seq 60000 | sed "s/^/number /"; cd /');
  await user.shows("number 60000");
  user.keys("C-b", "d");
  await user.shows("The session goes on in the VM. Back to it: agent-vm connect work");
  const told = "A session goes on in the VM when you leave it";
  expect(user.screen()).toContain(told);
  await endedWith(0);
  expect(Number(inGuest("#{history_size}"))).toBeGreaterThan(49_000);
  await user.enter();
  await user.shows("number 60000");
  user.line("clear; echo it is $marker in $PWD");
  await user.shows("it is here in /");
  user.keys("C-b", "d");
  await endedWith(0);
  expect(user.screen()).not.toContain(told);
});

test("a second terminal of another size sees the same; one leaves, the other stays", async () => {
  await remembered();
  const line = `bash --norc ${user.place}/line.sh`;
  user.tmux("new-session", "-d", "-s", "second", "-x", "60", "-y", "20", line);
  const second = () => user.tmux("capture-pane", "-p", "-t", "=second:");
  await user.until(() => second().includes("it is here"));
  await terminals(2);
  const size = (wanted: string) => user.until(() => inGuest("#{window_width} #{window_height}") === wanted);
  user.tmux("send-keys", "-t", "=second:", "clear; echo typed in the second", "Enter");
  await user.until(() => user.tmux("capture-pane", "-p", "-t", "=0:").includes("typed in the second"));
  await size("60 19");
  user.tmux("send-keys", "-t", "=0:", "clear; echo typed in the first", "Enter");
  await user.until(() => second().includes("typed in the first"));
  await size("100 29");
  user.tmux("send-keys", "-t", "=second:", "C-b", "d");
  await terminals(1);
  expect(user.tmux("capture-pane", "-p", "-t", "=0:")).toContain("typed in the first");
});

test("--new opens one window more", async () => {
  await remembered();
  user.keys("C-b", "d");
  await user.ended();
  await user.enter({ another: true });
  await user.shows(LEAVE);
  user.line("clear; echo [$marker]");
  await user.shows("[]");
  expect(inGuest("#{session_windows}")).toBe("2");
});

test("the exit code is that of its last shell, for whoever is in it", async () => {
  await remembered();
  user.line("exit 7");
  await endedWith(7);
  await remembered();
  user.keys("C-b", "d");
  await user.ended();
  await user.enter();
  await user.shows("it is here");
  user.line("exit 9");
  await endedWith(9);
});

describe("lost", () => {
  /** The client's ssh to the session. */
  const ssh = () =>
    Number(execFileSync("ps", ["--ppid", String(user.client()), "-o", "pid="], { encoding: "utf8" }));
  const WAITING = "Waiting for it (Ctrl-C ends the waiting)";

  test("the client, killed: its ssh goes with it, the session stays", async () => {
    await remembered();
    await terminals(1);
    process.kill(user.client(), "SIGKILL");
    expect((await user.ended()).code).toBe(137);
    await terminals(0);
    await user.enter();
    await user.shows("it is here");
  });

  test("the client, asked to end: it leaves, and the terminal is as it was", async () => {
    await remembered();
    process.kill(user.client(), "SIGTERM");
    await endedWith(130);
    await terminals(0);
  });

  test("its ssh, killed: the session is there again by itself", async () => {
    await remembered();
    process.kill(ssh(), "SIGKILL");
    // What is typed before it is back is thrown away with the terminal's late answers.
    for (let tries = 0; !user.screen().includes("still here"); tries++) {
      expect(tries, "tries").toBeLessThan(150);
      user.line("clear; echo still $marker");
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  });

  test("the connection: it is waited for, and the session is there again by itself", async () => {
    await remembered();
    user.guest.stop();
    await user.shows(WAITING);
    expect(user.value(FLAGS)).toBe(AS_IT_WAS);
    await user.guest.start();
    await user.shows(LEAVE);
    user.line("clear; echo still $marker");
    await user.shows("still here");
    user.keys("C-b", "d");
    await endedWith(0);
  });

  test("the connection to a VM that is frozen", async () => {
    await remembered();
    user.guest.signal("SIGSTOP");
    await user.shows(WAITING);
    user.guest.signal("SIGCONT");
    await user.shows(LEAVE);
    user.line("clear; echo still $marker");
    await user.shows("still here");
  });

  test("the connection, and the user does not wait", async () => {
    await remembered();
    user.guest.stop();
    await user.shows(WAITING);
    user.keys("C-c");
    await endedWith(130);
    await user.guest.start();
  });

  test("the connection, and the VM was stopped", async () => {
    await remembered({ stopped: true });
    user.guest.stop();
    await endedWith(3);
    await user.shows("The VM was stopped, and its sessions ended with it.");
    await user.guest.start();
  });

  test("the connection, and the session ended meanwhile", async () => {
    await remembered();
    user.guest.stop();
    await user.shows(WAITING);
    user.inGuest("send-keys", "-t", "=home:", "exit 4", "Enter");
    await user.until(() => user.inGuest("list-sessions") === "");
    await user.guest.start();
    await user.shows("The session has ended, with exit code 4.");
    await endedWith(4);
  });
});

describe("the terminal's kind:", () => {
  test("one that the guest knows stays what it is", async () => {
    await remembered();
    expect(inGuest("#{client_termname}")).toBe("tmux-256color");
    user.line("clear; echo it is $TERM");
    await user.shows("it is tmux-256color");
  });

  test("one that the guest does not know is taken for an xterm", async () => {
    await remembered({ around: "TERM=made-up $SESSION" });
    expect(inGuest("#{client_termname}")).toBe("xterm-256color");
  });

  test("one that can show no screen is told so, and the session is there", async () => {
    await user.enter({ around: "TERM=dumb $SESSION" });
    await user.shows("This terminal (TERM=dumb) cannot show the session; it goes on in the VM.");
    expect((await user.ended()).code).toBe(1);
    expect(inGuest("#{session_name}")).toBe("home");
  });

  test("its answers never reach the host's shell, however soon the session is left", async () => {
    for (let round = 0; round < 3; round++) {
      await user.enter();
      await terminals(1);
      user.inGuest("detach-client", "-s", "=home");
      await endedWith(0);
    }
  });
});
