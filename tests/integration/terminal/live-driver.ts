// Bundled by the tests and run in tmux: the live overview on a real terminal.
import { showLive } from "../../../src/domain/watch/show.ts";
import { statusView } from "../../../src/domain/watch/status-view.ts";
import { explain } from "../../../src/errors.ts";
import { createOutput } from "../../../src/io/output.ts";
import { createContext } from "../guest.ts";

const [configFile = "", , home = "/"] = process.argv.slice(2);
const target = { configFile, alias: "test-guest", adminAlias: "test-guest-admin" };
const over = new AbortController();
process.on("SIGINT", () => over.abort());
const verbose = process.env["VERBOSE"] !== undefined;
const out = createOutput({ ...process, terminal: true, columns: 100, quiet: false, verbose });
// As a program that is run meanwhile is told.
if (verbose) setInterval(() => out.detail("+ git status → 0 (3 ms)"), 50).unref();
const ctx = {
  ...createContext({ hostHome: home, repo: home, said: [], target }),
  env: process.env,
  signal: over.signal,
  out,
};
const reach = async () => ({ state: "running" as const, target });
try {
  await showLive(ctx, { trees: true, lines: false, sizes: false, view: statusView, reach });
} catch (error) {
  process.exitCode = explain(error).exit;
}
