// Our terminal while a child writes to it through a guard, and after.
import type { Readable } from "node:stream";
import type { ScreenGuard } from "../guard/screen-guard.ts";

type Kind = "pipe" | "inherit";

/** Only what ends at a terminal is guarded: anything else is data, byte for byte. */
export const guardedStdio = (): { stdin: "inherit"; stdout: Kind; stderr: Kind; buffer: false } => ({
  stdin: "inherit",
  stdout: process.stdout.isTTY ? "pipe" : "inherit",
  stderr: process.stderr.isTTY ? "pipe" : "inherit",
  buffer: false,
});

interface Streams {
  stdout: Readable | null;
  stderr: Readable | null;
  once(event: "exit", listener: () => void): unknown;
}

/** A shared connection could hold a pipe open after the child's end: so long nothing comes, and it is left. */
const AFTER_EXIT = 1000;

/** Gives the terminal what comes, when it comes, no faster than it is taken. */
export function showGuarded(child: Streams, guard: ScreenGuard): void {
  const open: Readable[] = [];
  let came = false;
  for (const [from, to] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ] as const) {
    if (!from) continue;
    open.push(from);
    const filter = guard.filter();
    from.on("data", (piece: Buffer) => {
      came = true;
      const shown = filter(piece);
      if (shown.length === 0 || to.write(shown)) return;
      from.pause();
      to.once("drain", () => from.resume());
    });
  }
  const wait = () => {
    came = false;
    setTimeout(() => {
      if (came) return wait();
      for (const stream of open) stream.destroy();
    }, AFTER_EXIT).unref();
  };
  child.once("exit", wait);
}

/** Takes back what the session left in the terminal, and lets no late answer reach whoever reads it next. */
export async function leaveScreen(guard: ScreenGuard): Promise<void> {
  const screen = [process.stdout, process.stderr].find((stream) => stream.isTTY);
  if (!screen) return;
  const undo = guard.restore();
  if (undo !== "") screen.write(undo);
  // A terminal that was closed meanwhile has nothing to forget.
  if (guard.talked() && process.stdin.isTTY) await flushInput(screen).catch(() => undefined);
}

/** A question that no session may ask (DA2), so its answer comes after all answers to the session's own. */
const LAST_QUESTION = "\u001b[>c";
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const LAST_ANSWER = /\u001b\[>[\d;]*c/;
/** Milliseconds for terminals that are far away or have much to draw; those that do not know the question cost them all. */
const PATIENCE = 1000;

/** Reads and forgets what the terminal has sent until it has answered us. */
async function flushInput(screen: NodeJS.WritableStream): Promise<void> {
  const { stdin } = process;
  let last = "";
  let answered = () => {};
  const read = (piece: Buffer) => {
    last = (last + piece.toString("latin1")).slice(-256);
    if (LAST_ANSWER.test(last)) answered();
  };
  // Without it the answers would be shown, and would wait for the end of a line.
  stdin.setRawMode(true);
  stdin.on("data", read).resume();
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, PATIENCE);
    answered = () => {
      clearTimeout(timer);
      resolve();
    };
    screen.write(LAST_QUESTION);
  });
  stdin.off("data", read).pause();
  stdin.setRawMode(false);
}
