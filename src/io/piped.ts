// Starts a program whose streams are ours, and gives our own as streams that never block. Beside run.ts and
// detached.ts the third door to processes: bytes flow for as long as a mount lasts.
import { spawn } from "node:child_process";
import { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";

export interface Piped {
  input: Readable;
  output: Writable;
  kill(): void;
}

/**
 * What it writes to its standard error is lost: the other side of an ssh may write there without an end. `input` ends
 * when the program cannot be started.
 */
export function spawnPiped(argv: readonly string[]): Piped {
  const [file = "", ...args] = argv;
  const child = spawn(file, args, { stdio: ["pipe", "pipe", "ignore"] });
  child.once("error", () => child.stdout.destroy());
  return { input: child.stdout, output: child.stdin, kill: () => void child.kill("SIGKILL") };
}

/** Standard input and output; process.stdout would hold up everything while nobody reads it. */
export const ownStreams = (): { input: Readable; output: Writable } => ({
  input: new Socket({ fd: 0, readable: true, writable: false }),
  output: new Socket({ fd: 1, readable: false, writable: true }),
});

/** SIGTERM to our own process group, ourselves included. */
export const endOwnGroup = (): void => void process.kill(0, "SIGTERM");
