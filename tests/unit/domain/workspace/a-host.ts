// A host without a VM: real files and real git in a directory of its own.
import { execFileSync } from "node:child_process";
import { mkdtempSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Context } from "../../../../src/context.ts";
import { parseVmName, pathsFor } from "../../../../src/domain/paths.ts";
import { settingsSchema } from "../../../../src/domain/settings.ts";
import { run } from "../../../../src/io/run.ts";

/** A context whose home, and everything in it, is the given directory. */
export function contextIn(home: string): Context {
  const env = { PATH: process.env["PATH"] ?? "", HOME: home, LC_ALL: "C" };
  const quiet = () => undefined;
  // Not root's paths: those of the whole system.
  const uid = 1000;
  return {
    cwd: home,
    env,
    uid,
    paths: pathsFor(parseVmName("agent-vm-test"), { uid, env }),
    platform: "linux",
    arch: "x64",
    programDir: "/",
    self: ["false"],
    settings: settingsSchema.parse({}),
    flags: { yes: true },
    out: {
      answer: quiet,
      say: quiet,
      warn: quiet,
      detail: quiet,
      step: () => ({ update: quiet, done: quiet, failed: quiet }),
    },
    confirm: { possible: false, ask: async () => false },
    run,
    interactive: false,
    signal: new AbortController().signal,
    afterDashes: undefined,
    commandLine: "agent-vm test",
    target: async () => {
      throw new Error("there is no VM here");
    },
  };
}

export const newHome = (): string => realpathSync(mkdtempSync(join(tmpdir(), "av-unit-")));

/** Runs git in a directory and gives its output without the last line break. */
export function git(directory: string, ...args: string[]): string {
  const who = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"];
  const env = { PATH: process.env["PATH"] ?? "", HOME: "/", GIT_CONFIG_NOSYSTEM: "1" };
  return execFileSync("git", ["-C", directory, ...who, ...args], { env, encoding: "utf8" }).replace(
    /\n$/,
    "",
  );
}
