// A workspace's lasting session over a real sshd, on a real terminal (tmux): left, entered again, cut off.
import { spawnSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { placesOf } from "./guest.ts";
import { type ATerminal, createTerminal } from "./terminal/a-terminal.ts";

let user: ATerminal;
let base: string;
beforeAll(async () => {
  user = await createTerminal("session-driver");
  const { guest } = user;
  appendFileSync(join(guest.home, "../sshd_config"), `SetEnv HOME=${guest.home}\n`);
  guest.stop();
  await guest.start();
  base = placesOf(guest.home);
});
afterAll(() => {
  inGuest("kill-server");
  user.remove();
});
afterEach(() => inGuest("kill-server"));

/** tmux in the guest. */
const inGuest = (...args: string[]) =>
  spawnSync("tmux", ["-S", join(base, "tmux"), ...args], { encoding: "utf8" }).stdout;
const shows = (text: string) => user.until(() => user.screen().includes(text));
const enter = (options: object = {}, around?: string) =>
  user.open("guarded", JSON.stringify(options), around);
const type = (text: string) => user.keys("-l", text);

test("a session is left, goes on, and is entered again; it remembers 50,000 lines", async () => {
  await enter();
  await shows("leave: Ctrl-b d");
  type(
    'for i in $(seq 3); do echo "line $i"; sleep 0.2; done; seq 60000 | sed "s/^/number /"; cd /; marker=here\n',
  );
  await shows("number 60000");
  user.keys("C-b", "d");
  await shows("The session goes on in the VM. Back to it: agent-vm connect work");
  expect((await user.ended()).code).toBe(0);
  expect(Number(inGuest("display-message", "-p", "-t", "=home:", "#{history_size}"))).toBeGreaterThan(49_000);
  await enter();
  await shows("number 60000");
  type("clear; echo it is $marker in $PWD\n");
  await shows("it is here in /");
});
