// The user's terminal in a session: it is left and goes on, it ends, or it is cut off and entered again.
import { setTimeout as sleep } from "node:timers/promises";
import type { Context } from "../../context.ts";
import { EXIT, Interrupted, UserError } from "../../errors.ts";
import { parsed } from "../../guard/from-guest.ts";
import { sanitize } from "../../guard/sanitize.ts";
import type { Target } from "../../target.ts";
import { callGuest } from "../sync/guest.ts";
import { fields } from "../sync/parse.ts";
import { attachOnce } from "./attach.ts";
import { LEFT } from "./guest/open.ts";
import { tellKeysOnce } from "./keys-told.ts";
import { noTmux } from "./no-terminal.ts";
import { parseEnd } from "./state.ts";

export interface Stay {
  /** tmux' name. */
  name: string;
  id: string;
  /** What the user types to come back. */
  back: string;
  /** Show the window of `id`, and not the one that was shown last. */
  show?: boolean;
  rawTerminal?: boolean;
  /** True when the VM was stopped: nothing is waited for then. */
  isStopped(): Promise<boolean>;
}

/** Milliseconds between looks for a VM that is away, and between connections that are lost at once. */
const LOOKS = [500, 1000, 2000, 5000] as const;
const AT_ONCE = 3000;

export interface Stayed {
  /** The exit code of the session's command; 0 when the session goes on. */
  code: number;
  over: boolean;
}

/**
 * Until the session is left or over. Throws UserError (3) when the VM was stopped meanwhile or has no tmux, (1) when
 * this terminal cannot show it, and Interrupted when we are to end.
 */
export async function stayInSession(ctx: Context, target: Target, stay: Stay): Promise<Stayed> {
  await tellKeysOnce(ctx);
  const { name, rawTerminal = false } = stay;
  let show = stay.show ? stay.id : undefined;
  for (let inVain = 0; ; ) {
    const since = Date.now();
    const end = await attachOnce(ctx, target, { name, show, rawTerminal });
    if (end === "no tmux") throw noTmux();
    // The VM may go in the moment in which we look, too.
    const seen = end === "cut off" ? undefined : await lookBack(ctx, target, stay);
    const left = seen ?? (await waitForVm(ctx, target, stay));
    if (!left.there) return ended(ctx, !seen || end === "no such session", left.code);
    if (seen && end === "not shown") throw notShown(ctx, stay.back);
    if (seen) {
      ctx.out.say(`The session goes on in the VM. Back to it: ${stay.back}`);
      return { code: EXIT.done, over: false };
    }
    ctx.out.say("The VM answers again; back in the session.");
    // Whatever was shown before is shown again.
    show = undefined;
    inVain = Date.now() - since < AT_ONCE ? inVain + 1 : 0;
    if (inVain > 1) await pause(ctx, inVain);
  }
}

const notShown = (ctx: Context, back: string): UserError =>
  new UserError(
    `This terminal (TERM=${sanitize(ctx.env["TERM"] ?? "")}) cannot show the session; it goes on in the VM.`,
    {
      hint: `From another terminal: ${back}; a plain shell: agent-vm connect --no-session`,
      exit: EXIT.failed,
    },
  );

function ended(ctx: Context, unseen: boolean, code: number | undefined): Stayed {
  if (unseen) ctx.out.say(`The session has ended${code === undefined ? "" : `, with exit code ${code}`}.`);
  return { code: code ?? (unseen ? EXIT.failed : EXIT.done), over: true };
}

const pause = (ctx: Context, tries: number) =>
  sleep(LOOKS[Math.min(tries, LOOKS.length) - 1], undefined, { signal: ctx.signal }).catch(() => {
    throw new Interrupted();
  });

/** Until the VM answers how the session is. Ctrl-C ends it. */
async function waitForVm(ctx: Context, target: Target, stay: Stay): Promise<Left> {
  const step = ctx.out.step(
    "The connection is lost; the session goes on in the VM. Waiting for it (Ctrl-C ends the waiting)",
  );
  try {
    for (let tries = 1; ; tries += 1) {
      const left = await lookBack(ctx, target, stay);
      if (left) {
        step.done("The connection was lost");
        return left;
      }
      if (await stay.isStopped()) throw stopped();
      await pause(ctx, tries);
    }
  } catch (error) {
    step.failed();
    throw error;
  }
}

const stopped = (): UserError =>
  new UserError("The VM was stopped, and its sessions ended with it.", {
    hint: "See how they ended, once it runs again: agent-vm start, agent-vm ps --all",
    exit: EXIT.notReady,
  });

interface Left {
  there: boolean;
  code: number | undefined;
}

/** Undefined when the VM does not answer. */
async function lookBack(ctx: Context, target: Target, { name, id }: Stay): Promise<Left | undefined> {
  try {
    const said = await callGuest(ctx, target, { text: LEFT, args: [name, id] });
    return parsed(said, parseLeft);
  } catch (error) {
    if (error instanceof UserError && error.exit === EXIT.notReady) return undefined;
    throw error;
  }
}

/** The answer of LEFT: whether the session is there, and its exit code when it has one. */
export function parseLeft(answer: string): Left {
  const [there, end = ""] = fields(answer);
  return { there: there === "there", code: parseEnd(end)?.code };
}

/** Of an agent or a command: its screen went with it. */
export const endedWords = (branch: string, code: number): string =>
  `It ended with exit code ${code}. What it wrote: agent-vm logs ${sanitize(branch)}`;

export const backTo = (branch: string | undefined): string =>
  `agent-vm connect${branch === undefined ? "" : ` ${sanitize(branch)}`}`;

/** As limactl and our record say. */
export async function vmStopped(ctx: Context): Promise<boolean> {
  const { observeVm } = await import("../vm/observe.ts");
  const { state } = await observeVm(ctx);
  return state === "stopped" || state === "missing";
}
