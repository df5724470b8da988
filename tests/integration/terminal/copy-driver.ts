// Bundled by the tests and run in tmux: a slow copy from a guest on a real terminal.
import { bringFiles } from "../../../src/domain/copy/bring.ts";
import { explain } from "../../../src/errors.ts";
import { createOutput } from "../../../src/io/output.ts";
import { run } from "../../../src/io/run.ts";
import { createContext } from "../guest.ts";

const [configFile = "", , home = "/"] = process.argv.slice(2);
const target = { configFile, alias: "test-guest", adminAlias: "test-guest-admin" };
const over = new AbortController();
process.on("SIGINT", () => over.abort());
/** The guest's program, in this place, and its answer in small pieces, a few each second. */
const throttle =
  "while (sysread STDIN, my $piece, 65536) { syswrite STDOUT, $piece or exit; select undef, undef, undef, 0.1 }";
const slowly = `HOME=$1; export HOME; sh -c "$2" | perl -e '${throttle}'`;
const ctx = {
  ...createContext({ hostHome: home, repo: home, said: [], target }),
  signal: over.signal,
  out: createOutput({ ...process, terminal: true, columns: 100, quiet: false, verbose: false }),
  run: ((argv, options) =>
    run(
      argv[0] === "ssh" ? ["sh", "-c", slowly, "sh", home, argv.at(-1) ?? ""] : argv,
      options,
    )) as typeof run,
};
try {
  const asked = { dir: "shop-work", branch: "work", paths: ["big"] };
  await bringFiles(ctx, target, asked, { to: `${home}/to`, force: false });
} catch (error) {
  process.exitCode = explain(error).exit;
}
