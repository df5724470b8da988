// Bundled by the tests and run in tmux: a lasting session as `connect` and `run` enter it, or a plain one, on a real
// terminal.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { enterSession, newSessionId } from "../../../src/domain/session/enter.ts";
import { sessionEnvironment } from "../../../src/domain/session/environment.ts";
import { runInWorkspace } from "../../../src/domain/session/run.ts";
import { enterWorkspaceSession } from "../../../src/domain/session/workspace-session.ts";
import { settingsSchema } from "../../../src/domain/settings.ts";
import { withProxy } from "../../../src/domain/vm/proxy-forward.ts";
import { explain } from "../../../src/errors.ts";
import { createOutput } from "../../../src/io/output.ts";
import { createContext } from "../guest.ts";

export interface SessionOptions {
  /** A command in a session of its own. */
  run?: readonly string[];
  /** That command goes on without us. */
  detach?: boolean;
  /** A command over plain ssh. */
  plain?: readonly string[];
  timeout?: number;
  /** One window more. */
  another?: boolean;
  /** The VM is stopped as soon as it does not answer. */
  stopped?: boolean;
}

/** What a host has beside its files: `given.json` in its home. */
interface Given {
  env?: Record<string, string>;
  /** The built program, for what starts the keeper. */
  self?: string[];
  programDir?: string;
  settings?: Record<string, unknown>;
}

const [configFile = "", how = "", text = "{}"] = process.argv.slice(2);
const options = JSON.parse(text || "{}") as SessionOptions;
// What was told once, was told to this user alone.
const home = join(dirname(configFile), "host");
const target = { configFile, alias: "test-guest", adminAlias: "test-guest-admin" };
const file = join(home, "given.json");
const given: Given = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
const over = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => over.abort());
const ctx = {
  ...createContext({ hostHome: home, repo: home, said: [], target }),
  env: { ...process.env, ...given.env },
  ...(given.self && { self: given.self }),
  ...(given.programDir && { programDir: given.programDir }),
  interactive: true,
  signal: over.signal,
  settings: settingsSchema.parse({ clipboard: how === "clipboard", ...given.settings }),
  out: createOutput({ ...process, terminal: true, columns: 100, quiet: false, verbose: false }),
};
const environment = given.env ? await sessionEnvironment(ctx) : { values: {} };
const wanted = { dir: "", environment, rawTerminal: how === "raw" };

async function enter(): Promise<number> {
  const { run, plain, timeout = 0, detach = false, another = false, stopped = false } = options;
  if (plain) return enterSession(ctx, target, { ...wanted, id: newSessionId(), command: plain });
  if (run) {
    const request = { kind: "command", agent: "", words: run, timeout } as const;
    return (
      await runInWorkspace(ctx, target, {
        ...wanted,
        branch: "work",
        request,
        detach,
        memory: undefined,
      })
    ).code;
  }
  const isStopped = async () => stopped;
  return enterWorkspaceSession(ctx, target, { ...wanted, branch: "work", another, isStopped });
}

process.exitCode = await withProxy(ctx, target, enter, { lasting: true }).catch((error) => {
  const { message, hint, exit } = explain(error);
  console.error(`${message}\n${hint ?? ""}`);
  return exit;
});
