// Bundled by the tests and run in tmux: events on a real terminal, whose bell calls the user.
import { settingsSchema } from "../../../src/domain/settings.ts";
import { watchEvents } from "../../../src/domain/watch/watch.ts";
import { createOutput } from "../../../src/io/output.ts";
import { createContext } from "../guest.ts";

const [configFile = "", , home = "/"] = process.argv.slice(2);
const target = { configFile, alias: "test-guest", adminAlias: "test-guest-admin" };
const over = new AbortController();
process.on("SIGINT", () => over.abort());
const ctx = {
  ...createContext({ hostHome: home, repo: home, said: [], target }),
  settings: settingsSchema.parse({ notify: "bell" }),
  signal: over.signal,
  out: createOutput({ ...process, terminal: true, columns: 100, quiet: false, verbose: false }),
};
await watchEvents(ctx, { notify: true, reach: async () => ({ state: "running", target }) });
