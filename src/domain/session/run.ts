// Runs a command or an agent in a workspace: on our streams, on our terminal, or detached.
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import type { Target } from "../../target.ts";
import { secretNames } from "./choose-env.ts";
import { newSessionId } from "./enter.ts";
import type { SessionEnvironment } from "./environment.ts";
import { DIRECT } from "./guest/window.ts";
import { commandName, type SessionId } from "./names.ts";
import { openSession, type Request } from "./open.ts";
import { runSession } from "./run-session.ts";
import { endedWords, type Stayed, stayInSession, vmStopped } from "./stay.ts";

export interface Running {
  dir: string;
  branch: string;
  request: Request;
  environment: SessionEnvironment;
  /** Bytes that it may take. */
  memory: number | undefined;
  detach: boolean;
  rawTerminal: boolean;
}

/** What runs in the guest's tmux: a request of ours, or what a session there ran before. */
type InTmux = Omit<Running, "request"> & { title: string } & ({ request: Request } | { again: SessionId });

export async function runInWorkspace(ctx: Context, target: Target, running: Running): Promise<Stayed> {
  const { detach } = running;
  // A prompt on standard input leaves no terminal to talk on, so its output may as well be ours.
  const onTerminal = ctx.interactive && running.request.input === undefined;
  if (!detach && !onTerminal) return onOurStreams(ctx, target, running);
  const title = `${running.branch}: ${running.request.agent || (running.request.words[0] ?? "")}`;
  return runInTmux(ctx, target, { ...running, title });
}

export async function runInTmux(ctx: Context, target: Target, running: InTmux): Promise<Stayed> {
  const { dir, branch, title, environment, memory, detach, rawTerminal } = running;
  const id = newSessionId();
  const name = commandName(dir, id);
  const what = "again" in running ? { again: running.again } : { request: running.request };
  await openSession(ctx, target, { id, name, dir, title, environment, memory, ...what });
  if (!detach) {
    const back = `agent-vm attach ${sanitize(branch)}`;
    const stay = { name, id, back, rawTerminal, isStopped: () => vmStopped(ctx) };
    const stayed = await stayInSession(ctx, target, stay);
    if (stayed.over) ctx.out.say(endedWords(branch, stayed.code));
    return stayed;
  }
  ctx.out.answer(id);
  ctx.out.say(`It runs in the VM. See it with: agent-vm attach ${sanitize(branch)}, agent-vm ps`);
  return { code: EXIT.done, over: false };
}

/** What ssh can carry as a command line: the guest gives one argument 128 KiB. */
const LONGEST_LINE = 120_000;

async function onOurStreams(ctx: Context, target: Target, running: Running): Promise<Stayed> {
  const { dir, request, environment, memory, rawTerminal } = running;
  const id = newSessionId();
  const { kind, agent, timeout, words, input } = request;
  const given = [
    dir,
    id,
    kind,
    agent,
    String(timeout),
    String(memory ?? ""),
    input === undefined ? "" : "prompt",
    secretNames(environment.values).join(" "),
  ];
  const command = ["bash", "-c", DIRECT, "agent-vm", ...given, ...words];
  if (Buffer.byteLength(command.join(" ")) > LONGEST_LINE) {
    throw new UserError("The command line is too long.", {
      hint: "Put what is long into a file of the workspace, or run it with --detach.",
      exit: EXIT.usage,
    });
  }
  const code = await runSession(ctx, target, { dir, command, environment, rawTerminal, input });
  return { code, over: true };
}
