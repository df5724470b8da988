// How a session begins in the guest: its directory, its variables, and what belongs to it until it ends.
import { randomBytes } from "node:crypto";
import type { Context } from "../../context.ts";
import { createScreenGuard } from "../../guard/screen-guard.ts";
import { sshArgv, type Target } from "../../target.ts";
import { SEND_PREFIX } from "../vm/ssh-config.ts";
import type { SessionEnvironment } from "./environment.ts";
import { variableName } from "./environment-text.ts";
import { ENTER } from "./guest.ts";
import type { SessionId } from "./names.ts";

export interface Session {
  /** Names it in the guest and in logs; no secret. */
  id: string;
  /** Directory below ~/workspace; "" for the agent's home. */
  dir: string;
  /** Without words, a login shell. */
  command: readonly string[];
  environment: SessionEnvironment;
  /** Keep a place in the guest that lasts as long as any of its processes, so that its end can be seen. */
  held?: boolean;
  /** Nothing stands between the VM and the user's terminal. */
  rawTerminal?: boolean;
  /** Text for the command's standard input, instead of our own; it has no terminal then. */
  input?: string | undefined;
}

export const newSessionId = (): SessionId => randomBytes(8).toString("hex") as SessionId;

/**
 * Runs the session on our own terminal or streams and returns its exit code. Values go in ssh's environment and over
 * its connection (SendEnv): the argument lists of both sides hold the variables' names alone. A signal that asks us to
 * end, ends it (Interrupted), and the terminal is put back.
 */
export async function enterSession(
  ctx: Pick<Context, "run" | "env" | "interactive" | "settings" | "signal">,
  target: Target,
  session: Session,
): Promise<number> {
  const { id, dir, command, environment } = session;
  const { google } = environment;
  const values = { ...environment.values, AGENT_VM_SESSION: id };
  const files: Record<string, string> = google === undefined ? {} : { GOOGLE_FILE: google };
  const held = session.held === true || google !== undefined;
  const names = Object.keys(values).map(variableName).join(" ");
  const script = ["sh", "-c", ENTER, "agent-vm", dir, id, held ? "held" : "", names, ...command];
  const tty = ctx.interactive && session.input === undefined;
  const argv = sshArgv(target, script, { tty });
  const env = { ...defined(ctx.env), ...prefixed({ ...values, ...files }) };
  // Where standard input is no terminal, the answers to questions would wait for the host's shell.
  const rules = { clipboard: ctx.settings.clipboard, questions: tty };
  const screen = session.rawTerminal ? {} : { screen: createScreenGuard(rules) };
  const { code } = await ctx.run(argv, {
    passThrough: true,
    ok: "any",
    env,
    signal: ctx.signal,
    ...(session.input !== undefined && { input: session.input }),
    ...screen,
  });
  return code;
}

const prefixed = (values: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`${SEND_PREFIX}${name}`, value]));

const defined = (env: Context["env"]): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
