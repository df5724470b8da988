// Reads process.*, builds the Context and sets the exit code; the only file that does either.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runCli, type World } from "./cli.ts";
import { EXIT } from "./errors.ts";

const abort = new AbortController();
let interruptions = 0;
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(name, () => {
    interruptions += 1;
    abort.abort();
    // A second Ctrl-C does not wait for the orderly end.
    if (interruptions > 1) process.exit(130);
  });
}
// `agent-vm status | head` is not an error, nor a terminal that was closed.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE" || error.code === "EIO") process.exit(process.exitCode ?? 0);
    throw error;
  });
}

const world: World = {
  argv: process.argv.slice(2),
  cwd: process.cwd(),
  env: process.env,
  uid: process.getuid?.() ?? 0,
  platform: process.platform,
  arch: process.arch,
  self: [process.execPath, fileURLToPath(import.meta.url)],
  // The bundle lies in dist/<hash>/, the data beside it at the top of the package.
  programDir:
    process.env["AGENT_VM_PROGRAM_DIR"] ?? join(dirname(fileURLToPath(import.meta.url)), "..", ".."),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: abort.signal,
};

let ended = false;
// What nothing will ever answer leaves Node with nothing to wait for; that is no good end.
process.once("beforeExit", () => {
  if (ended) return;
  process.exitCode = EXIT.bug;
  process.stderr.write("agent-vm: This is a bug in agent-vm: the command waits for what never comes.\n");
});
// The bundle is a script, which waits for nothing at its top.
void runCli(world).then((code) => {
  ended = true;
  process.exitCode = code;
});
