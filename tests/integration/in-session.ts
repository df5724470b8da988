// Sessions of the world's guest, as `connect` makes them, and what this host's process list showed meanwhile.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { Context } from "../../src/context.ts";
import { settingsSchema } from "../../src/domain/settings.ts";
import { connect } from "../../src/domain/workspace/connect.ts";
import { type Run, run } from "../../src/io/run.ts";
import type { World } from "./guest.ts";

export interface Change {
  env?: Record<string, string>;
  settings?: Record<string, unknown>;
  options?: Record<string, unknown>;
  run?: Run;
  /** Takes the place of `run` for the session's own call. */
  enter?: Run;
  /** The built program, for what starts it. */
  self?: string[];
}

/** Runs a command in the agent's home and gives what it prints. */
export async function inSession(world: World, script: string, change: Change = {}): Promise<string> {
  let printed = "";
  const caught: Run = async (argv, { passThrough, ...options } = {}) => {
    const result = await ((passThrough && change.enter) || change.run || run)(argv, options);
    if (passThrough) printed = result.stdout + result.stderr;
    return result;
  };
  const ctx: Context = {
    ...world.ctx,
    env: { ...world.ctx.env, ...change.env },
    settings: settingsSchema.parse(change.settings ?? {}),
    afterDashes: ["sh", "-c", script],
    run: caught,
    ...(change.self && { self: change.self }),
  };
  await connect(ctx, undefined, change.options ?? {});
  return printed;
}

/** Argument lists of all processes; `environ` is their owner's alone and not counted. */
const argumentLists = () =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      try {
        return readFileSync(`/proc/${name}/cmdline`, "latin1");
      } catch {
        return "";
      }
    })
    .join("\n");

/** A piece of shell that waits until watched() has seen it, and not another one of this host. */
export const untilSeen = (file: string): string => `until [ -e '${file}' ]; do sleep ${pauseOf(file)}; done`;
const pauseOf = (file: string) =>
  `0.1${[...file].reduce((sum, sign) => (sum * 31 + sign.charCodeAt(0)) % 1e7, 0)}`;

/** What the process list showed while the work was done; `file`: of untilSeen, where the work must be seen. */
export async function watched(work: () => Promise<unknown>, file?: string): Promise<string> {
  let seen = "";
  const sampling = setInterval(() => {
    seen += argumentLists();
    if (file !== undefined && seen.includes(`sleep\0${pauseOf(file)}\0`)) writeFileSync(file, "");
  }, 20);
  try {
    await work();
  } finally {
    clearInterval(sampling);
  }
  return seen;
}
