// Bundled by the tests and run in tmux: one session as `connect` enters it, on a real terminal.

import { enterSession, newSessionId } from "../../../src/domain/session/enter.ts";
import { settingsSchema } from "../../../src/domain/settings.ts";
import { explain } from "../../../src/errors.ts";
import { run } from "../../../src/io/run.ts";

const [configFile = "", how = "", script = ""] = process.argv.slice(2);
const target = { configFile, alias: "test-guest", adminAlias: "test-guest-admin" };
// As main.ts has it.
const abort = new AbortController();
process.on("SIGTERM", () => abort.abort());
const ctx = {
  run,
  signal: abort.signal,
  env: process.env,
  interactive: process.stdin.isTTY === true && process.stdout.isTTY === true,
  settings: settingsSchema.parse({ clipboard: how === "clipboard" }),
};
const command = script === "" ? [] : ["sh", "-c", script];
const session = {
  id: newSessionId(),
  dir: "",
  command,
  environment: { values: {} },
  rawTerminal: how === "raw",
};
process.exitCode = await enterSession(ctx, target, session).catch((error) => explain(error).exit);
