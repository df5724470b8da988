// A process that takes a lock again and again and looks whether it is alone. Arguments: directory, rounds, and how
// many rounds until it dies while it holds the lock (0: never). Prints "together" when it was not alone.
import { closeSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { alive, startTime, withLock } from "../../../src/io/lock.ts";

const [directory = "", rounds = "1", deadly = "0"] = process.argv.slice(2);
const inside = join(directory, "inside");
const signal = new AbortController().signal;
const realTimeout = setTimeout;
// Ten minutes of meetings in a few seconds: all waiting is shortened, so that the tries come close together.
globalThis.setTimeout = ((work: () => void, milliseconds: number) =>
  realTimeout(work, milliseconds / 100)) as typeof setTimeout;

/** The name of who is inside, unless that one was ended there. */
async function other(): Promise<string | undefined> {
  const [pid, started = ""] = readFileSync(inside, "utf8").split(" ");
  return (await alive({ pid: Number(pid), started })) ? pid : undefined;
}

async function enter(): Promise<void> {
  let file: number;
  try {
    file = openSync(inside, "wx");
  } catch {
    if ((await other()) !== undefined) process.stdout.write("together\n");
    rmSync(inside, { force: true });
    file = openSync(inside, "w");
  }
  writeSync(file, `${process.pid} ${await startTime(process.pid)}`);
  closeSync(file);
}

for (let round = 1; round <= Number(rounds); round += 1) {
  await withLock(join(directory, "lock"), { command: "agent-vm race", signal }, async () => {
    await enter();
    process.stdout.write("held\n");
    await new Promise((resolve) => realTimeout(resolve, 2 * Math.random()));
    if (round === Number(deadly)) process.kill(process.pid, "SIGKILL");
    rmSync(inside, { force: true });
  });
}
