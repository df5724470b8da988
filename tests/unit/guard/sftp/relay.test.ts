// A guarded SFTP connection under load: sshfs waits while much is unanswered, and goes on when it is answered.
import { PassThrough } from "node:stream";
import { expect, test, vi } from "vitest";
import { createSftpGuard } from "../../../../src/guard/sftp/guard.ts";
import { relaySftp } from "../../../../src/guard/sftp/relay.ts";
import { ANSWERS, packet, str, u32, VERSION } from "./packets.ts";

const SIZE = 8 * 1024;
const COUNT = 1000;
const write = (id: number) => packet(6, u32(id), str("h"), u32(0), u32(0), str("x".repeat(SIZE)));

test("what sshfs writes without waiting is held back until the guest answers, and none of it is lost", async () => {
  const [fromHost, toHost, fromGuest, toGuest] = Array.from({ length: 4 }, () => new PassThrough());
  if (!fromHost || !toHost || !fromGuest || !toGuest) throw new Error("no streams");
  const guard = createSftpGuard({
    rules: { git: "hidden", hide: [], readOnly: false },
    root: "workspace",
    now: () => 0,
    stall: 20_000,
    note: () => undefined,
  });
  let asked = 0;
  // A server that reads all there is, and answers nothing yet.
  toGuest.on("data", (bytes: Buffer) => {
    asked += bytes.length;
  });
  let answered = 0;
  toHost.on("data", (bytes: Buffer) => {
    answered += bytes.length;
  });
  const streams = { host: { input: fromHost, output: toHost }, guest: { input: fromGuest, output: toGuest } };
  const over = relaySftp({ guard, ...streams, now: () => 0, stall: 20_000 });
  fromGuest.write(VERSION);
  const whole = write(0).length;
  for (let id = 0; id < COUNT; id += 1) fromHost.write(write(id));
  await vi.waitFor(() => expect(fromHost.isPaused()).toBe(true), 30_000);
  const most = 2 * 1024 * 1024;
  expect(asked).toBeGreaterThanOrEqual(most);
  expect(asked).toBeLessThan(most + 64 * 1024);

  const told = Math.floor(asked / whole);
  for (let id = 0; id < told; id += 1) fromGuest.write(ANSWERS.status(id, 0));
  await vi.waitFor(() => expect(asked).toBeGreaterThan(most + 64 * 1024), 30_000);
  for (let id = told; id < COUNT; id += 1) {
    await vi.waitFor(() => expect(asked).toBeGreaterThanOrEqual((id + 1) * whole), 30_000);
    fromGuest.write(ANSWERS.status(id, 0));
  }
  expect(asked).toBe(COUNT * whole);
  const greeting = packet(2, u32(3), str("posix-rename@openssh.com"), str("1")).length;
  const answer = ANSWERS.status(0, 0).length;
  await vi.waitFor(() => expect(answered).toBe(greeting + COUNT * answer), 30_000);
  fromHost.end();
  fromHost.destroy();
  expect(await over).toEqual({ why: "closed" });
});
