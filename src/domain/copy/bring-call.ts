// One call of the program in the VM that sends files, read as it comes, and which end of it says why it failed.
import { PassThrough } from "node:stream";
import { SSH_FAILED, unreachable } from "../../adapters/ssh.ts";
import type { Context } from "../../context.ts";
import { Interrupted, ToolError, UserError } from "../../errors.ts";
import { sanitizeLines } from "../../guard/sanitize.ts";
import { startProgress } from "../../io/progress.ts";
import { sshArgv, type Target } from "../../target.ts";
import { BRING } from "./guest/bring.ts";
import type { Asked, Head } from "./head.ts";
import { type Bounds, cut, isCut, type Received, receive } from "./receive.ts";

/** Milliseconds without a byte, while nobody else can hold the stream up. */
const IDLE = 300_000;
const STDERR = 1024 * 1024;
/** tar's exit codes for an archive that is whole: a file changed while it was read, one could not be read. */
const CHANGED = 1;
const UNREAD = 2;
/** The program's own: whole, but for what is mounted there. */
const MOUNTED = 3;

/** What the VM's side says that it left there, in cleaned lines; `byRule`: because a copy goes into no mount. */
export interface Unsent {
  lines: string[];
  byRule: boolean;
}

export interface Taking<T> {
  /** Bytes that there is room for. */
  bounds: (head: Head) => Promise<number>;
  take: (received: Received) => Promise<T>;
  /** Whoever reads may take his time. */
  patient?: boolean;
}

/** One call of the VM, read as it comes. */
export async function receiveFrom<T>(
  ctx: Context,
  target: Target,
  asked: Asked,
  { bounds, take, patient = false }: Taking<T>,
): Promise<{ taken: T; unsent: Unsent }> {
  const pipe = new PassThrough({ highWaterMark: 1024 * 1024 });
  const argv = sshArgv(target, ["perl", "-e", BRING, "--", asked.dir, ...asked.paths]);
  let bar: ReturnType<typeof startProgress> | undefined;
  const limits = async (head: Head): Promise<Bounds> => {
    const free = await bounds(head);
    bar = startProgress(ctx.out, "copy from the VM", { total: head.bytes });
    return { free, onBytes: (bytes) => bar?.add(bytes) };
  };
  const sending = ctx.run(argv, {
    into: pipe,
    ok: "any",
    ...(patient ? {} : { idleTimeout: IDLE }),
    maxKept: STDERR,
    signal: ctx.signal,
  });
  const failed = sending.catch(() => void pipe.destroy());
  const taking = receive(pipe, asked, limits).then(take);
  const [took, sent] = await Promise.allSettled([taking.finally(() => pipe.destroy()), sending]);
  await failed;
  const end = (how: "done" | "failed") => bar?.[how]();
  if (took.status === "rejected" || sent.status === "rejected") end("failed");
  if (sent.status === "rejected") throw ownFirst(took, sent.reason);
  const { code, stderr } = sent.value;
  const tail = sanitizeLines(stderr).slice(-12);
  if (code === SSH_FAILED && took.status === "rejected" && isCut(took.reason))
    throw unreachable(new ToolError({ argv, code, stderrTail: tail.join("\n") }));
  if (took.status === "rejected") throw took.reason;
  end("done");
  if (code === undefined || ![0, CHANGED, UNREAD, MOUNTED].includes(code)) throw cut();
  return { taken: took.value, unsent: { lines: code === 0 ? [] : tail, byRule: code === MOUNTED } };
}

/** Our own reason to end it says more than that it was ended; the user's Ctrl-C more than both. */
const ownFirst = (took: PromiseSettledResult<unknown>, reason: unknown): unknown =>
  !(reason instanceof Interrupted) && took.status === "rejected" && took.reason instanceof UserError
    ? took.reason
    : reason;
