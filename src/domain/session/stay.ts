// The user's terminal in a session: it is left and goes on, it ends, or it is cut off and entered again.
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
import { parseEnd } from "./state.ts";

export interface Stay {
  /** tmux' name. */
  name: string;
  id: string;
  /** What the user types to come back. */
  back: string;
  rawTerminal?: boolean;
  /** True when the VM was stopped: nothing is waited for then. */
  isStopped(): Promise<boolean>;
}

/** Milliseconds between looks for a VM that is away. */
const LOOKS = [500, 1000, 2000, 5000] as const;

export interface Stayed {
  /** The exit code of the session's command; 0 when the session goes on. */
  code: number;
  over: boolean;
}

/**
 * Until the session is left or over. Throws UserError (3) when the VM was
 * stopped meanwhile.
 */
export async function stayInSession(ctx: Context, target: Target, stay: Stay): Promise<Stayed> {
  await tellKeysOnce(ctx);
  for (;;) {
    const end = await attachOnce(ctx, target, stay);
    if (end === "cut off") await waitForVm(ctx, target, stay.isStopped);
    const left = await lookBack(ctx, target, stay);
    if (!left.there) return ended(ctx, end === "cut off" || end === "no such session", left.code);
    if (end !== "cut off") {
      ctx.out.say(`The session goes on in the VM. Back to it: ${stay.back}`);
      return { code: EXIT.done, over: false };
    }
    ctx.out.say("The VM answers again; back in the session.");
  }
}

function ended(ctx: Context, unseen: boolean, code: number | undefined): Stayed {
  if (unseen) ctx.out.say(`The session has ended${code === undefined ? "" : `, with exit code ${code}`}.`);
  return { code: code ?? (unseen ? EXIT.failed : EXIT.done), over: true };
}

/** Until the VM answers. Ctrl-C ends it. */
async function waitForVm(ctx: Context, target: Target, isStopped: Stay["isStopped"]): Promise<void> {
  const step = ctx.out.step(
    "The connection is lost; the session goes on in the VM. Waiting for it (Ctrl-C ends the waiting)",
  );
  for (let tries = 0; ; tries += 1) {
    if (ctx.signal.aborted) throw new Interrupted();
    const answers = await callGuest(ctx, target, { text: ":" }).then(
      () => true,
      (error: unknown) => {
        if (error instanceof UserError) return false;
        throw error;
      },
    );
    if (answers) return step.done("The connection was lost");
    if (await isStopped()) {
      step.failed();
      throw new UserError(`The VM was stopped, and its sessions ended with it.`, {
        hint: "See how they ended, once it runs again: agent-vm start, agent-vm ps --all",
        exit: EXIT.notReady,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, LOOKS[Math.min(tries, LOOKS.length - 1)]));
  }
}

async function lookBack(ctx: Context, target: Target, { name, id }: Stay) {
  const said = await callGuest(ctx, target, { text: LEFT, args: [name, id] });
  return parsed(said, parseLeft);
}

/** The answer of LEFT: whether the session is there, and its exit code when it has one. */
export function parseLeft(answer: string): { there: boolean; code: number | undefined } {
  const [there, end = ""] = fields(answer);
  return { there: there === "there", code: parseEnd(end)?.code };
}

export const backTo = (branch: string | undefined): string =>
  `agent-vm connect${branch === undefined ? "" : ` ${sanitize(branch)}`}`;

/** As limactl and our record say. */
export async function vmStopped(ctx: Context): Promise<boolean> {
  const { observeVm } = await import("../vm/observe.ts");
  const { state } = await observeVm(ctx);
  return state === "stopped" || state === "missing";
}
