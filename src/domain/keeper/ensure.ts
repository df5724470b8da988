// The VM's keeper, running: found, or started as a process that outlives this command.
import { mkdir } from "node:fs/promises";
import type { Context } from "../../context.ts";
import { EXIT, Interrupted, UserError } from "../../errors.ts";
import { killGroup, spawnDetached } from "../../io/detached.ts";
import { startTime, withLock } from "../../io/lock.ts";
import { askKeeper } from "./ask.ts";
import { keeperLock, keeperLog, livingKeeper, writeKeeperRecord } from "./record.ts";

type Host = Pick<Context, "paths" | "env" | "self" | "signal" | "commandLine">;

/** What a keeper needs of the caller's environment: where its files are, and the host's way to the internet. No keys. */
const PASSED =
  /^(PATH|HOME|TMPDIR|LIMA_HOME|XDG_\w+|https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR)|AGENT_VM_(?!SEND_)\w+)$/i;

const START_LIMIT = 15_000;
const POLL = 50;

/** Throws UserError (3) when it does not come up. */
export async function ensureKeeper(host: Host): Promise<void> {
  if (await answers(host)) return;
  const lock = { command: host.commandLine, signal: host.signal, patience: START_LIMIT };
  await withLock(keeperLock(host.paths), lock, async () => {
    if (await answers(host)) return;
    const silent = await livingKeeper(host.paths);
    if (silent) killGroup(silent.pid);
    await start(host);
  });
}

const answers = async ({ paths }: Host): Promise<boolean> =>
  (await livingKeeper(paths)) !== undefined &&
  (await askKeeper(paths, { ask: "status" }).then(
    () => true,
    () => false,
  ));

async function start(host: Host): Promise<void> {
  await mkdir(host.paths.logs, { recursive: true, mode: 0o700 });
  const entries = Object.entries(host.env).flatMap(([name, value]) =>
    PASSED.test(name) && value !== undefined ? [[name, value] as const] : [],
  );
  const argv = [...host.self, "--vm", host.paths.vm, "keeper"];
  const log = keeperLog(host.paths);
  const keeper = await spawnDetached(argv, { env: { ...Object.fromEntries(entries), LC_ALL: "C" }, log });
  await writeKeeperRecord(host.paths, { pid: keeper.pid, started: (await startTime(keeper.pid)) ?? "gone" });
  const until = Date.now() + START_LIMIT;
  while (keeper.ended() === undefined && Date.now() < until) {
    if (host.signal.aborted) throw new Interrupted();
    if (await answers(host)) return;
    await new Promise((resolve) => setTimeout(resolve, POLL));
  }
  throw new UserError("The keeper, which holds your keys for the VM, did not start.", {
    hint: `Its log is ${log}; without it: the setting credentials: env, or agent-vm connect --no-env`,
    exit: EXIT.notReady,
  });
}
