// One command in a process of its own: its time, its memory, the longest time that it said nothing.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { Writable } from "node:stream";
import type { Context } from "../../src/context.ts";
import { settingsSchema } from "../../src/domain/settings.ts";
import { createOutput } from "../../src/io/output.ts";
import type { Target } from "../../src/target.ts";
import { createContext, type World } from "../integration/guest.ts";

export type Step = (ctx: Context, target: Target) => Promise<unknown>;

export interface Measured {
  ms: number;
  /** Milliseconds of the processor, those of its children on this side of the connection with it. */
  cpu: number;
  /** The same on the other side: of the guest's sshd and what it started. */
  guest: number;
  /** The most memory that the process had, in MiB. */
  memory: number;
  /** The longest time without a sign of life on a terminal, in milliseconds. */
  silent: number;
  /** The last word of each second on what is happening. */
  words: string[];
}

/** A terminal that notes when something was written on it. */
function listening() {
  let last = Date.now();
  let silent = 0;
  const since = last;
  const words: string[] = [];
  const heard = () => {
    const now = Date.now();
    silent = Math.max(silent, now - last);
    last = now;
  };
  const stderr = new Writable({
    write: (chunk, _encoding, done) => {
      heard();
      const text = String(chunk)
        .replaceAll("\u001b[2K", "")
        .replaceAll(/[\r\n]/g, "");
      if (text.trim() !== "") words.push(`${((last - since) / 1000).toFixed(0).padStart(4)} s  ${text}`);
      done();
    },
  });
  const end = () => {
    heard();
    return silent;
  };
  return { stderr, words, end };
}

/** What the child process does: one command, as the program would. */
export async function child(
  step: Step,
  parts: { hostHome: string; repo: string; target: Target },
  carry: string[] = [],
): Promise<void> {
  const terminal = listening();
  const { stderr } = terminal;
  const out = createOutput({
    stdout: stderr,
    stderr,
    terminal: true,
    columns: 200,
    quiet: false,
    verbose: false,
  });
  const settings = settingsSchema.parse({ workspace: { carry } });
  const ctx = { ...createContext({ ...parts, said: [] }), out, settings };
  const since = Date.now();
  await step(ctx, parts.target);
  const status = readFileSync("/proc/self/status", "utf8");
  const kib = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]);
  const { words, end } = terminal;
  const ms = Date.now() - since;
  const found = { ms, cpu: processorTime("self"), memory: kib / 1024, silent: end(), words };
  process.stdout.write(JSON.stringify(found));
}

const TICK = 10;

/** Of a process and of the children that it has waited for. */
function processorTime(pid: string): number {
  const fields = statOf(pid);
  // utime, stime, cutime and cstime.
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) * TICK, 0);
}

/** What stands behind the name in its `stat`; nothing when it has ended. */
function statOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
  } catch {
    return [];
  }
}

/** Of a process and all that live below it, their ended children with them. */
function timeBelow(pid: string): number {
  const children = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && statOf(name)[1] === pid);
  return children.reduce((sum, child) => sum + timeBelow(child), processorTime(pid));
}

export async function measured(world: World, repo: string, step: string): Promise<Measured> {
  const parts = { hostHome: world.hostHome, repo, target: await world.ctx.target() };
  const guestBefore = timeBelow(String(process.pid));
  const argv = [process.argv[1] ?? "", "child", step, JSON.stringify(parts)];
  const run = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  run.stdout.on("data", (chunk) => {
    text += chunk;
  });
  const [code] = await once(run, "close");
  if (code !== 0) throw new Error(`${step} failed`);
  const found = JSON.parse(text) as Measured;
  // The command itself has ended and been waited for: what is left of the difference is sshd's.
  return { ...found, guest: timeBelow(String(process.pid)) - guestBefore - found.cpu };
}
