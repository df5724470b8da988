// What a session wrote is followed until it ends, however it ends; over a real sshd and tmux.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { unmount } from "../../src/domain/mount/unmount.ts";
import { runCommand } from "../../src/domain/session/run-command.ts";
import { showSessionLog } from "../../src/domain/session/session-log.ts";
import { EXIT } from "../../src/errors.ts";
import { createWorld, refused, type World } from "./guest.ts";
import { eventually, keptIn, newestOf, showsIn, tmuxIn } from "./guest-sessions.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(async () => {
  tmuxIn(world, "kill-server");
  await unmount(world.ctx);
  world.remove();
});

const GATE = 'echo first; until [ -e "$HOME/go" ]; do sleep 0.1; done; echo last';
async function begins(script = GATE): Promise<void> {
  await runCommand({ ...world.ctx, afterDashes: ["sh", "-c", script] }, { branch: "work", detach: true });
  await showsIn(world, "first");
  world.said.length = 0;
}
let following: Promise<void>;
/** `logs -f`, until what was written is there. */
async function follows(since?: number): Promise<void> {
  following = showSessionLog(world.ctx, "work", { follow: true, since });
  following.catch(() => undefined);
  await eventually(
    () => world.said.includes("first"),
    () => world.said,
  );
}
const about = async () => keptIn(world, (await newestOf(world))?.id ?? "", "about");
async function killed(): Promise<void> {
  process.kill(Number(readFileSync(await about(), "utf8").split("\0")[5]), "SIGKILL");
}

test.each<[string, number | undefined]>([
  ["all", undefined],
  ["since a time", 1],
])("%s is shown to the last line, and it ends with the session", async (_, since) => {
  await begins();
  await follows(since);
  writeFileSync(join(world.guestHome, "go"), "");
  await following;
  expect(world.said).toEqual(["first", "last"]);
});

test("one whose process is killed is said to be gone", async () => {
  await begins();
  await follows();
  await killed();
  await following;
  expect(world.said).toEqual(["first", "The session of work was killed; nothing more comes."]);
});

test("one that went with another boot is shown, and said to be gone", async () => {
  await begins();
  await killed();
  const path = await about();
  writeFileSync(path, readFileSync(path, "utf8").replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, "00000000-0000"));
  await follows();
  await following;
  expect(world.said).toEqual(["first", "The session of work ended with the VM; nothing more comes."]);
});

test("a VM that goes away ends it as what it is", async () => {
  await begins();
  await follows();
  world.stopGuest();
  const error = await refused(following);
  expect([error.message, error.exit]).toEqual(["The VM does not answer over ssh.", EXIT.notReady]);
});

test("nothing of it stays in the guest when nobody listens any more", async () => {
  await begins();
  const over = new AbortController();
  const ctx = { ...world.ctx, signal: over.signal };
  const listening = showSessionLog(ctx, "work", { follow: true }).catch(() => undefined);
  await eventually(() => world.said.includes("first"));
  const followers = () =>
    spawnSync("pgrep", ["-f", `tail -c .*${world.guestHome}`], { encoding: "utf8" }).stdout;
  expect(followers()).not.toBe("");
  over.abort();
  await listening;
  await eventually(() => followers() === "", followers);
});
