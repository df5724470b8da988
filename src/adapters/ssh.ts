// The OpenSSH client: one call in the guest, the shared connection, exit codes.
import { EXIT, ToolError, UserError } from "../errors.ts";
import { type FromGuest, fromGuest } from "../guard/from-guest.ts";
import type { Run, RunOptions } from "../io/run.ts";
import { type SshOptions, sshArgv, type Target } from "../target.ts";

/** ssh's own exit code when it could not reach the guest or lost it. */
export const SSH_FAILED = 255;

export interface Script {
  /** Constant text for a POSIX shell; values never stand in it. */
  text: string;
  args?: readonly string[];
}

/**
 * Runs a constant script in the guest with values as its arguments. Throws UserError (3) when the guest could not be
 * reached and ToolError when the script failed.
 */
export async function runScript(
  run: Run,
  target: Target,
  script: Script,
  options: RunOptions & SshOptions = {},
): Promise<{ stdout: FromGuest }> {
  const { admin, tty, ownConnection, sharedConnection, ...rest } = options;
  const connection = {
    ...(admin && { admin }),
    ...(tty && { tty }),
    ...(ownConnection && { ownConnection }),
    ...(sharedConnection && { sharedConnection }),
  };
  const argv = sshArgv(target, ["sh", "-s", "--", ...(script.args ?? [])], connection);
  try {
    return { stdout: fromGuest((await run(argv, { ...rest, input: script.text })).stdout) };
  } catch (error) {
    throw error instanceof ToolError && error.failure.code === SSH_FAILED ? unreachable(error) : error;
  }
}

/** The guest could not be reached: what ssh said, and the way on. */
export function unreachable(error: ToolError): UserError {
  return new UserError("The VM does not answer over ssh.", {
    details: error.failure.stderrTail.split("\n").filter(Boolean),
    hint: "See its state with: agent-vm status",
    exit: EXIT.notReady,
    cause: error,
  });
}

/** True when the shared connection is alive; asks the local master alone, no round trip. */
export async function masterAlive(run: Run, target: Target): Promise<boolean> {
  const argv = ["ssh", "-F", target.configFile, "-O", "check", "--", target.alias];
  return (await run(argv, { ok: "any" })).code === 0;
}

/**
 * The next command makes a new shared connection; what runs over the present one goes on. An account's variables and
 * groups are those of the moment at which its connection was made.
 */
export async function retireMasters(run: Run, target: Target): Promise<void> {
  for (const alias of [target.alias, target.adminAlias]) {
    await run(["ssh", "-F", target.configFile, "-O", "stop", "--", alias], { ok: "any" });
  }
}

/** Ends the shared connections of both accounts; nothing happens when there are none. */
export async function closeMasters(run: Run, target: Target): Promise<void> {
  for (const alias of [target.alias, target.adminAlias]) {
    await run(["ssh", "-F", target.configFile, "-O", "exit", "--", alias], { ok: "any" });
  }
}

/**
 * The host keys that a port of this host shows, as base64; empty when it shows none. Whoever listens there may answer
 * as it likes, so only what looks like a key is taken, and nothing but keys is asked for.
 */
export async function shownKeys(run: Run, port: number): Promise<string[]> {
  const argv = ["ssh-keyscan", "-T", "5", "-t", "ed25519,ecdsa,rsa", "-p", String(port), "--", "127.0.0.1"];
  try {
    const { stdout } = await run(argv, { ok: "any", timeout: 20_000, maxKept: 1024 * 1024 });
    return [...stdout.matchAll(/^\S+ [a-z0-9-]+ ([A-Za-z0-9+/]{40,4096}={0,2})$/gm)].flatMap(
      ([, key]) => key ?? [],
    );
  } catch (error) {
    if (error instanceof ToolError) return [];
    throw error;
  }
}
