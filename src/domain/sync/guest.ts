// One call of a constant script in the guest, and what its failure means.
import { runScript, SSH_FAILED, unreachable } from "../../adapters/ssh.ts";
import type { Context } from "../../context.ts";
import { ToolError } from "../../errors.ts";
import { type FromGuest, fromGuest } from "../../guard/from-guest.ts";
import { during } from "../../io/output.ts";
import { sshArgv, type Target } from "../../target.ts";

/** Without `out` nobody is told that the answer takes long. */
type Caller = Pick<Context, "run" | "signal"> & Partial<Pick<Context, "out">>;

export interface GuestCall {
  text: string;
  args?: readonly string[];
  /** Bytes for the script's standard input. The script then travels as an argument. */
  data?: Uint8Array;
  /** What the VM does meanwhile, for who waits longer than a second. */
  doing?: string;
  /** Bytes of the answer; what writes more is ended. */
  most?: number;
  /** Milliseconds in which the first byte must have come, for a script with `data` that writes one before its work. */
  begin?: number;
}

/** The script's standard output, one character per byte. Throws UserError (3) when the VM does not answer. */
export async function callGuest(ctx: Caller, target: Target, call: GuestCall): Promise<FromGuest> {
  const { text, args = [], data, most: maxKept, begin, doing = "wait for the VM's answer" } = call;
  const limit = maxKept === undefined ? {} : { maxKept };
  const options = { encoding: "latin1", signal: ctx.signal, ...limit } as const;
  const waited = <T>(answer: Promise<T>) => (ctx.out === undefined ? answer : during(ctx.out, doing, answer));
  if (data === undefined) return (await waited(runScript(ctx.run, target, { text, args }, options))).stdout;
  const silence = begin === undefined ? undefined : endSilence(ctx.signal, begin);
  try {
    const argv = sshArgv(target, ["sh", "-c", text, "sh", ...args]);
    return fromGuest((await waited(ctx.run(argv, { ...options, ...silence?.options, input: data }))).stdout);
  } catch (error) {
    if (silence?.wasEnded() && !ctx.signal.aborted) throw unreachable(timedOut());
    throw error instanceof ToolError && error.failure.code === SSH_FAILED ? unreachable(error) : error;
  } finally {
    silence?.over();
  }
}

/** Ends what has written nothing in time. */
function endSilence(signal: AbortSignal, milliseconds: number) {
  const ended = new AbortController();
  const timer = setTimeout(() => ended.abort(), milliseconds);
  const over = () => clearTimeout(timer);
  const options = { signal: AbortSignal.any([signal, ended.signal]), onData: over };
  return { options, over, wasEnded: () => ended.signal.aborted };
}

const timedOut = () => new ToolError({ argv: ["ssh"], code: undefined, stderrTail: "", reason: "timed out" });

/** Values for standard input, each followed by NUL. "latin1" for values that are bytes, one character each. */
export const nulSeparated = (values: readonly string[], encoding: "utf8" | "latin1"): Uint8Array =>
  Buffer.from(values.map((value) => `${value}\0`).join(""), encoding);
