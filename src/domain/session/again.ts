// A session that was cut short runs again: with its request and prompt, or as its agent's last conversation.
import type { Context } from "../../context.ts";
import { EXIT, ToolError, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import type { Target } from "../../target.ts";
import { loadAgents } from "../agents/catalog.ts";
import { agentWords } from "../agents/run-words.ts";
import { chooseCutShort } from "./choose-again.ts";
import type { SessionEnvironment } from "./environment.ts";
import { NOTHING_KEPT } from "./guest/open.ts";
import { listSessions } from "./list.ts";
import type { Request } from "./open.ts";
import { runInTmux } from "./run.ts";
import type { ToldSession } from "./seen.ts";
import type { Stayed } from "./stay.ts";

export interface Again {
  dir: string;
  branch: string;
  /** The beginning of its id; undefined for the newest that was cut short. */
  session: string | undefined;
  /** The agent's last conversation goes on, also where nobody is there to talk. */
  resume: boolean;
  detach: boolean;
  rawTerminal: boolean;
  environment: SessionEnvironment;
  memory: number | undefined;
}

/** Throws UserError (1, 2) when there is no such session, or nothing is kept of what it ran. */
export async function runAgain(ctx: Context, target: Target, asked: Again): Promise<Stayed> {
  const { dir, branch, session } = asked;
  const old = chooseCutShort(await listSessions(ctx, target), { dir, branch, session });
  const detach = asked.detach || !ctx.interactive;
  const request = asked.resume || !detach ? await conversation(ctx, old, asked.resume) : undefined;
  const title = `${branch}: ${sanitize(old.agent || old.title, 40)}`;
  // What it ran stays in the guest: words that come from there are no arguments of ours.
  const what = request === undefined ? { again: old.id } : { request };
  try {
    return await runInTmux(ctx, target, { ...asked, detach, title, ...what });
  } catch (error) {
    if (!(error instanceof ToolError) || error.failure.code !== NOTHING_KEPT) throw error;
    throw new UserError(`What the session ${old.id.slice(0, 8)} ran is not kept any more.`, {
      hint: `Say it anew: agent-vm run ${sanitize(branch)} "what to do", or: agent-vm run ${sanitize(branch)} -- <command>`,
      exit: EXIT.failed,
      cause: error,
    });
  }
}

/** The agent's own way back into what it did; undefined where it has none, and for a command. Throws UserError (2) when it was asked for. */
async function conversation(ctx: Context, old: ToldSession, asked: boolean): Promise<Request | undefined> {
  const agent = (await loadAgents(ctx)).find((one) => old.kind === "agent" && one.name === old.agent);
  if (agent?.run?.resume !== undefined)
    return { kind: "agent", agent: agent.name, timeout: 0, ...agentWords(agent, "resume", "") };
  if (!asked) return undefined;
  throw new UserError(`The session ${old.id.slice(0, 8)} has no conversation that goes on.`, {
    hint: "Without --resume it is run again from its beginning.",
    exit: EXIT.usage,
  });
}
