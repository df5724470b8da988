// Bundled by the tests and run in tmux: a workspace's lasting session as `connect` enters it, on a real terminal.
import { enterWorkspaceSession } from "../../../src/domain/session/workspace-session.ts";
import { explain } from "../../../src/errors.ts";
import { createOutput } from "../../../src/io/output.ts";
import { createContext } from "../guest.ts";

const [configFile = "", , options = "{}"] = process.argv.slice(2);
const home = process.env["HOME"] ?? "/";
const target = { configFile, alias: "test-guest", adminAlias: "test-guest-admin" };
const over = new AbortController();
process.on("SIGINT", () => over.abort());
const ctx = {
  ...createContext({ hostHome: home, repo: home, said: [], target }),
  env: process.env,
  interactive: true,
  signal: over.signal,
  out: createOutput({ ...process, terminal: true, columns: 100, quiet: false, verbose: false }),
};
const wanted = {
  dir: "",
  branch: "work",
  environment: { values: {} },
  another: false,
  rawTerminal: false,
  isStopped: async () => false,
};
try {
  process.exitCode = await enterWorkspaceSession(ctx, target, {
    ...wanted,
    ...(JSON.parse(options || "{}") as object),
  });
} catch (error) {
  const { message, hint, exit } = explain(error);
  console.error(`${message}\n${hint ?? ""}`);
  process.exitCode = exit;
}
