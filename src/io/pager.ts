// Long answers go through the user's pager, as git's do. The pager is a command of the user's own configuration.
import { PassThrough, Writable } from "node:stream";
import type { Run } from "./run.ts";
import { takeScreen } from "./taken-screen.ts";

/** What stands behind standard output. */
export interface Screen {
  terminal: boolean;
  columns: number;
  stdout: NodeJS.WritableStream;
}

export interface Pager {
  /** Takes the answer; destroyed when the reader has seen enough. */
  sink: Writable;
  /** Resolves when the pager has ended, and tells how. Call it once, after the sink was ended. */
  ended(): Promise<{ code: number; interrupted: boolean }>;
}

export const theScreen = (): Screen => ({
  terminal: process.stdout.isTTY === true,
  columns: process.stdout.columns || 80,
  stdout: process.stdout,
});

/** Without a command everything goes to standard output as it is. */
export function openPager(
  run: Run,
  screen: Screen,
  pager: { command: string | undefined; env: Readonly<Record<string, string | undefined>> },
): Pager {
  const { command } = pager;
  if (command === undefined) return plain(screen);
  // As git does: leave when it fits, keep colours, do not clear the screen.
  const env = { LESS: "FRX", LV: "-c", ...defined(pager.env) };
  const feed = new PassThrough();
  let running: Promise<number> | undefined;
  let interrupted = false;
  const start = () => {
    running ??= whileCtrlCIsIts(
      () => run(["sh", "-c", command], { input: feed, passThrough: true, ok: "any", env }),
      () => {
        interrupted = true;
      },
    ).then(({ code }) => {
      sink.destroy();
      return code;
    });
  };
  // Not before the first byte: nothing to show needs no pager.
  const sink = new Writable({
    write: (chunk, _encoding, done) => {
      start();
      const leave = () => void sink.destroy();
      if (feed.destroyed) leave();
      else feed.write(chunk, (error) => (error ? leave() : done()));
    },
    final: (done) => {
      feed.end(done);
    },
  });
  feed.on("error", () => sink.destroy());
  return { sink, ended: async () => ({ code: (await running) ?? 0, interrupted }) };
}

function plain(screen: Screen): Pager {
  const sink = new Writable({
    write: (chunk, _encoding, done) => void screen.stdout.write(chunk, () => done()),
  });
  return { sink, ended: async () => ({ code: 0, interrupted: false }) };
}

/**
 * While a pager or an editor has the terminal Ctrl-C is one of its keys; it never ends this program under it, and
 * nothing of ours is written between its lines.
 */
export async function whileCtrlCIsIts<T>(work: () => Promise<T>, pressed: () => void): Promise<T> {
  const giveBack = takeScreen();
  const others = process.listeners("SIGINT");
  process.removeAllListeners("SIGINT");
  process.on("SIGINT", pressed);
  try {
    return await work();
  } finally {
    process.off("SIGINT", pressed);
    for (const other of others) process.on("SIGINT", other);
    giveBack();
  }
}

const defined = (env: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
