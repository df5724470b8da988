// git as the user or the agent types it, for the steps and for looking.
import { execFileSync, spawnSync } from "node:child_process";
import { isModule } from "./places.ts";

/** A clock of its own for each sequence, so that a replay makes the same commits. */
export interface GitWorld {
  hostHome: string;
  guestHome: string;
  /** Seconds since 1970 of the next commit. */
  now: number;
}

const MAX = 64 * 1024 * 1024;

function environment(world: GitWorld, directory: string): Record<string, string> {
  world.now += 1;
  const home = directory.startsWith(world.guestHome) ? world.guestHome : world.hostHome;
  const date = `${world.now} +0000`;
  return {
    ...(isModule(directory) && { GIT_DIR: directory, GIT_WORK_TREE: directory }),
    PATH: process.env["PATH"] ?? "",
    HOME: home,
    LC_ALL: "C",
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_DATE: date,
    GIT_EDITOR: "true",
    GIT_SEQUENCE_EDITOR: "true",
    GIT_MERGE_AUTOEDIT: "no",
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "gc.auto",
    GIT_CONFIG_VALUE_0: "0",
  };
}

/** One character per byte. Throws when git fails. */
export function git(world: GitWorld, directory: string, ...args: string[]): string {
  const options = { env: environment(world, directory), encoding: "latin1", maxBuffer: MAX } as const;
  return execFileSync("git", ["-C", directory, ...args], {
    ...options,
    stdio: ["ignore", "pipe", "pipe"],
  }).replace(/\n$/, "");
}

/** True when git did it; people type commands that git refuses. */
export function tries(world: GitWorld, directory: string, ...args: string[]): boolean {
  const options = { env: environment(world, directory), stdio: "ignore" } as const;
  return spawnSync("git", ["-C", directory, ...args], options).status === 0;
}

/** The answer, or "" when git says no. */
export function ask(world: GitWorld, directory: string, ...args: string[]): string {
  const options = { env: environment(world, directory), encoding: "latin1", maxBuffer: MAX } as const;
  const { status, stdout } = spawnSync("git", ["-C", directory, ...args], options);
  return status === 0 ? stdout.replace(/\n$/, "") : "";
}

/** Like git(), with data on standard input. */
export function feed(world: GitWorld, directory: string, input: string, ...args: string[]): string {
  const options = { env: environment(world, directory), encoding: "latin1", maxBuffer: MAX, input } as const;
  return execFileSync("git", ["-C", directory, ...args], options).replace(/\n$/, "");
}
