// Opens a session in the guest's tmux, with its variables in the guest's memory.
import type { Context } from "../../context.ts";
import { ToolError, UserError } from "../../errors.ts";
import { parsed } from "../../guard/from-guest.ts";
import { sanitize } from "../../guard/sanitize.ts";
import type { Target } from "../../target.ts";
import { callGuest } from "../sync/guest.ts";
import { newSessionId } from "./enter.ts";
import type { SessionEnvironment } from "./environment.ts";
import { environmentText } from "./environment-text.ts";
import { UNLIMITED } from "./guest/group.ts";
import { NO_TMUX, OPEN } from "./guest/open.ts";
import type { SessionId } from "./names.ts";
import { noTmux } from "./no-terminal.ts";

/** What a session runs instead of a shell. */
export interface Request {
  kind: "command" | "agent";
  /** The agent's name; "" for a command. */
  agent: string;
  words: readonly string[];
  /** Seconds after which it is ended; 0: never. */
  timeout: number;
  /** Text for its standard input, instead of the terminal. */
  input?: string | undefined;
}

export interface Opening {
  id: SessionId;
  /** tmux' name of it. */
  name: string;
  /** Directory below ~/workspace; "" for the agent's home. */
  dir: string;
  /** What its status line calls it. */
  title: string;
  environment: SessionEnvironment;
  /** When the session is there already: one window more. */
  another?: boolean;
  request?: Request;
  /** A session that has ended, whose request and prompt are run again, as they lie in the guest. */
  again?: SessionId | undefined;
  /** Bytes of memory that each of its windows may take. */
  memory?: number | undefined;
}

/**
 * Makes the session, or gives new windows of the one that is there the present variables. True when it was made.
 * Throws UserError (3) when the VM does not answer, or keys cannot be brought to it.
 */
export async function openSession(ctx: Context, target: Target, opening: Opening): Promise<boolean> {
  const { id, name, dir, title, another, memory, again = "" } = opening;
  const place = newSessionId();
  const keys = await keysFor(ctx, place, opening.environment.values);
  const { google } = opening.environment;
  const held = keys.used || google !== undefined ? place : "";
  const text = Buffer.from(environmentText({ dir, place: held, values: keys.values, google, memory }));
  const data = pieces([text, requestBytes(opening.request), Buffer.from(opening.request?.input ?? "")]);
  const args = [name, sanitize(title), id, held, another ? "new" : "", again];
  try {
    const said = await callGuest(ctx, target, { text: OPEN, args, data });
    const { made, kept, unlimited } = parsed(said, parseOpened);
    if (!kept) tellUnkept(ctx, opening);
    if (unlimited) ctx.out.warn(UNLIMITED);
    return made;
  } catch (error) {
    throw error instanceof ToolError && error.failure.code === NO_TMUX ? noTmux() : error;
  } finally {
    await keys.left();
  }
}

/** A shell opens all the same: one may be needed to make room. */
function tellUnkept(ctx: Context, { request }: Opening): void {
  const hint = "See what fills it: agent-vm connect -- df -h .";
  if (request === undefined) {
    ctx.out.warn(`The agent's home in the VM takes no files: nothing is kept of this session. ${hint}`);
    return;
  }
  throw new UserError("The agent's home in the VM takes no files, so nothing can be run there.", { hint });
}

const pieces = (all: readonly Uint8Array[]): Uint8Array =>
  Buffer.concat([Buffer.from(`${all.map((one) => one.length).join(" ")}\n`), ...all]);

const requestBytes = (request: Request | undefined): Uint8Array =>
  request === undefined
    ? Buffer.alloc(0)
    : Buffer.from(
        [request.kind, request.agent, String(request.timeout), ...request.words]
          .map((word) => `${word}\0`)
          .join(""),
      );

/** The answer of OPEN: whether it was made, whether something of it can be kept, and no limit of its memory holds. */
export const parseOpened = (answer: string): { made: boolean; kept: boolean; unlimited: boolean } => ({
  made: /^made\b/.test(answer),
  kept: !/ unkept\b/.test(answer),
  unlimited: / unlimited\s*$/.test(answer),
});

async function keysFor(ctx: Context, place: string, values: Readonly<Record<string, string>>) {
  if (ctx.settings.credentials === "env") return { values, used: false, left: async () => undefined };
  const { proxyKeys } = await import("../keeper/open-session.ts");
  return proxyKeys(ctx, place, values);
}
