// The sshfs process behind the mount: started so that it outlives us, and asked for an answer without risk.
import { mkdir, open, readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { entryAt, isSshfs } from "../../adapters/mount-table.ts";
import { listMounts } from "../../adapters/mounts.ts";
import type { SshfsLine } from "../../adapters/sshfs.ts";
import { EXIT, Interrupted, UserError } from "../../errors.ts";
import { sanitizeLines } from "../../guard/sanitize.ts";
import { type Detached, killGroup, spawnDetached } from "../../io/detached.ts";
import { startTime } from "../../io/lock.ts";
import { tellStarted } from "../../io/trace.ts";
import { keepSmall, mountLog } from "./log.ts";
import { hashLine, writeMountRecord } from "./record.ts";
import type { MountContext } from "./state.ts";

/** Milliseconds until a mount must be there; ssh itself gives up after ten seconds. */
const MOUNT_LIMIT = 15_000;
const POLL = 20;

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** Nothing of the caller's environment: no agent, no password prompt of theirs, no language. */
const environment = ({ env }: MountContext): Record<string, string> => ({
  PATH: env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin",
  HOME: env["HOME"] ?? "/",
  LC_ALL: "C",
});

export interface Serving {
  line: SshfsLine;
  realPath: string;
  readOnly: boolean;
  /** Called when it is mounted, before it has answered. */
  onMounted(): Promise<unknown>;
}

/** Starts sshfs, notes it, and waits until the mount answers. Gives its pid. Throws UserError with the log's tail. */
export async function startServer(context: MountContext, serving: Serving): Promise<number> {
  const { line, realPath, readOnly, onMounted } = serving;
  const log = mountLog(context.paths);
  const offset = await beginLog(log);
  const server = await spawnDetached(line.argv, { env: { ...environment(context), ...line.env }, log });
  tellStarted(context.out, line.argv, server.pid);
  const started = (await startTime(server.pid)) ?? "gone";
  // Before it is mounted: whoever comes after our sudden end must find it.
  await writeMountRecord(context.paths, { pid: server.pid, started, line: hashLine(line), readOnly });
  const until = Date.now() + MOUNT_LIMIT;
  const over = () => server.ended() !== undefined || context.signal.aborted || Date.now() > until;
  while (!over() && !(await isMounted(context, realPath))) await pause(POLL);
  if (!over()) await onMounted();
  // sshfs mounts before it connects, so only an answer shows that the guest is there.
  if (!over() && (await asks(context, realPath, over)) === "answer" && (await isMounted(context, realPath)))
    return server.pid;
  if (context.signal.aborted) throw new Interrupted();
  throw await givenUp(context, server, offset);
}

async function isMounted(context: MountContext, realPath: string): Promise<boolean> {
  const entry = entryAt(await listMounts(context), realPath);
  return entry !== undefined && isSshfs(entry);
}

/** The caller takes away what is left of it. */
async function givenUp({ paths }: MountContext, server: Detached, offset: number): Promise<UserError> {
  const how = server.ended();
  const log = await readFile(mountLog(paths));
  // Shortened meanwhile, it is all new.
  const text = log.subarray(log.length < offset ? 0 : offset).toString("utf8");
  return new UserError(how === undefined ? "sshfs did not mount in time." : `sshfs ended (${how}).`, {
    details: sanitizeLines(text).slice(-12),
    hint: `Its log is ${mountLog(paths)}; try again with: agent-vm mount`,
    exit: EXIT.notReady,
  });
}

/** Makes the log's directory and keeps the log small; gives the place where new lines begin. */
async function beginLog(log: string): Promise<number> {
  await mkdir(dirname(log), { recursive: true, mode: 0o700 });
  await (await open(log, "a", 0o600)).close();
  keepSmall(log);
  return (await stat(log)).size;
}

/** Milliseconds that a mount gets to answer, more than a busy link needs. */
const ANSWER_LIMIT = 5000;

/** True when the mount answers now, or after sshfs has connected again. */
export async function answers(context: MountContext, realPath: string): Promise<boolean> {
  const until = Date.now() + ANSWER_LIMIT;
  const over = () => context.signal.aborted || Date.now() > until;
  // An error at once means that sshfs is connecting again: its next answer may be a good one.
  while (!over()) {
    if ((await asks(context, realPath, over)) === "answer") return true;
    await pause(POLL * 10);
  }
  return false;
}

/** True when the mount gives neither an answer nor an error for the time that an answer may take. */
export async function isSilent(context: MountContext, realPath: string): Promise<boolean> {
  const until = Date.now() + ANSWER_LIMIT;
  return (await asks(context, realPath, () => context.signal.aborted || Date.now() > until)) === "silence";
}

/**
 * A true round trip: a process of its own asks for the file system's figures, which nothing caches. Ours must not:
 * the kernel would not let it end while the mount is dead.
 */
async function asks(
  context: MountContext,
  realPath: string,
  over: () => boolean,
): Promise<"answer" | "error" | "silence"> {
  const question = context.platform === "linux" ? ["stat", "-f", "-c", "", "--"] : ["df"];
  const child = await spawnDetached([...question, realPath], { env: environment(context), log: "/dev/null" });
  while (child.ended() === undefined && !over()) await pause(POLL);
  if (child.ended() === undefined) {
    killGroup(child.pid);
    return "silence";
  }
  return child.ended() === 0 ? "answer" : "error";
}
