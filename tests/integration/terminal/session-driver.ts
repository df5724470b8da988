// Bundled by the tests and run in tmux: a lasting session as `connect` and `run` enter it, or a plain one, on a real
// terminal.
import { enterSession, newSessionId } from "../../../src/domain/session/enter.ts";
import { runInWorkspace } from "../../../src/domain/session/run.ts";
import { enterWorkspaceSession } from "../../../src/domain/session/workspace-session.ts";
import { settingsSchema } from "../../../src/domain/settings.ts";
import { explain } from "../../../src/errors.ts";
import { createOutput } from "../../../src/io/output.ts";
import { createContext } from "../guest.ts";

export interface SessionOptions {
  /** A command in a session of its own. */
  run?: readonly string[];
  /** A command over plain ssh. */
  plain?: readonly string[];
  timeout?: number;
  /** One window more. */
  another?: boolean;
  /** The VM is stopped as soon as it does not answer. */
  stopped?: boolean;
}

const [configFile = "", how = "", text = "{}"] = process.argv.slice(2);
const options = JSON.parse(text || "{}") as SessionOptions;
const home = process.env["HOME"] ?? "/";
const target = { configFile, alias: "test-guest", adminAlias: "test-guest-admin" };
const over = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => over.abort());
const ctx = {
  ...createContext({ hostHome: home, repo: home, said: [], target }),
  env: process.env,
  interactive: true,
  signal: over.signal,
  settings: settingsSchema.parse({ clipboard: how === "clipboard" }),
  out: createOutput({ ...process, terminal: true, columns: 100, quiet: false, verbose: false }),
};
const wanted = { dir: "", environment: { values: {} }, rawTerminal: how === "raw" };

async function enter(): Promise<number> {
  const { run, plain, timeout = 0, another = false, stopped = false } = options;
  if (plain) return enterSession(ctx, target, { ...wanted, id: newSessionId(), command: plain });
  if (run) {
    const request = { kind: "command", agent: "", words: run, timeout } as const;
    return (
      await runInWorkspace(ctx, target, {
        ...wanted,
        branch: "work",
        request,
        detach: false,
        memory: undefined,
      })
    ).code;
  }
  const isStopped = async () => stopped;
  return enterWorkspaceSession(ctx, target, { ...wanted, branch: "work", another, isStopped });
}

process.exitCode = await enter().catch((error) => {
  const { message, hint, exit } = explain(error);
  console.error(`${message}\n${hint ?? ""}`);
  return exit;
});
