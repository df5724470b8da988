// The VM's keeper, running: found, or started as a process that outlives this command.
import { mkdir } from "node:fs/promises";
import type { Context } from "../../context.ts";
import { EXIT, Interrupted, UserError } from "../../errors.ts";
import { killGroup, spawnDetached } from "../../io/detached.ts";
import { alive, withLock } from "../../io/lock.ts";
import { during } from "../../io/output.ts";
import { tellStarted } from "../../io/trace.ts";
import { askKeeper, endKeeper } from "./ask.ts";
import { keepSmall } from "./log.ts";
import type { Answer } from "./messages.ts";
import { type KeeperRecord, keeperLock, keeperLog, livingKeeper, programOf } from "./record.ts";
import { answerInTime } from "./silence.ts";

/** What it takes to start one. */
export type KeeperHost = Pick<
  Context,
  "paths" | "env" | "self" | "signal" | "out" | "commandLine" | "run" | "platform"
>;

/** What a keeper needs of the caller's environment: where its files are, and the host's way to the internet. No keys. */
const PASSED =
  /^(PATH|HOME|TMPDIR|LIMA_HOME|XDG_\w+|https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR)|AGENT_VM_(?!SEND_)\w+)$/i;

const START_LIMIT = 15_000;
/** Another command may be finding out whether a silent one is stuck, and start one then. */
const TURN_LIMIT = 120_000;
const END_LIMIT = 5000;
const POLL = 50;

const pause = () => new Promise((resolve) => setTimeout(resolve, POLL));

/** Throws UserError (3) when it does not come up. */
export async function ensureKeeper(host: KeeperHost): Promise<void> {
  if (await serves(host)) return;
  const lock = { command: host.commandLine, signal: host.signal, patience: TURN_LIMIT };
  await withLock(keeperLock(host.paths), lock, async () => {
    const other = await livingKeeper(host.paths);
    const answer = other && (await during(host.out, "wait for the keeper", answerInTime(host, other)));
    if (host.signal.aborted) throw new Interrupted();
    if (other && answer && isOfUse(host, other, answer)) return;
    if (other) await clear(host, other);
    await start(host);
  });
}

/** It answers, and is of use. */
async function serves(host: KeeperHost): Promise<boolean> {
  const living = await livingKeeper(host.paths);
  if (living === undefined) return false;
  const answer = await askKeeper(host.paths, { ask: "status" }).catch(() => undefined);
  return answer !== undefined && isOfUse(host, living, answer);
}

/** It is of this program; or it holds sessions' keys or their proxy, which are in its memory alone. */
function isOfUse({ self }: KeeperHost, { program }: KeeperRecord, answer: Answer): boolean {
  const { sessions, proxy = "idle", forwards = [] } = answer;
  return program === programOf(self) || sessions > 0 || proxy !== "idle" || forwards.length > 0;
}

/** One that is stuck, or of another version and holds nothing for a session. */
async function clear({ paths }: KeeperHost, other: KeeperRecord): Promise<void> {
  await endKeeper(paths);
  const until = Date.now() + END_LIMIT;
  while ((await alive(other)) && Date.now() < until) await pause();
  if (await alive(other)) killGroup(other.pid);
}

async function start(host: KeeperHost): Promise<void> {
  await mkdir(host.paths.logs, { recursive: true, mode: 0o700 });
  await keepSmall(keeperLog(host.paths));
  const entries = Object.entries(host.env).flatMap(([name, value]) =>
    PASSED.test(name) && value !== undefined ? [[name, value] as const] : [],
  );
  const argv = [...host.self, "--vm", host.paths.vm, "keeper"];
  const log = keeperLog(host.paths);
  const keeper = await spawnDetached(argv, { env: { ...Object.fromEntries(entries), LC_ALL: "C" }, log });
  tellStarted(host.out, argv, keeper.pid);
  const until = Date.now() + START_LIMIT;
  while (keeper.ended() === undefined && Date.now() < until) {
    if (host.signal.aborted) throw new Interrupted();
    if (await serves(host)) return;
    await pause();
  }
  throw new UserError("The keeper, which works for the VM on this host, did not start.", {
    hint: `Its log is ${log}; sessions without it: the setting credentials: env, or agent-vm connect --no-env`,
    exit: EXIT.notReady,
  });
}
