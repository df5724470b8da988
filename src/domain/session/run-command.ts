// What `run` was asked: in which branches, which agent or command, and how.
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { findAgent, loadAgents } from "../agents/catalog.ts";
import { type AgentForm, agentWords } from "../agents/run-words.ts";
import { mountOrWarn } from "../mount/keep.ts";
import { settingsAt } from "../project-file/settings.ts";
import type { Settings } from "../settings.ts";
import { withProxy } from "../vm/proxy-forward.ts";
import { refuseResize } from "../vm/resize.ts";
import { prepareWorkspace } from "../workspace/prepare.ts";
import { sessionEnvironment } from "./environment.ts";
import { memoryBytes } from "./memory.ts";
import type { Request } from "./open.ts";
import { promptFrom } from "./prompt.ts";
import { runInWorkspace } from "./run.ts";
import { workspaceOf } from "./workspace.ts";

export interface RunOptions {
  branch?: string | undefined;
  prompt?: string | undefined;
  promptFile?: string;
  branches?: readonly string[];
  talk?: boolean;
  resume?: boolean;
  detach?: boolean;
  timeout?: number;
  rm?: boolean;
  /** One that was cut short: the beginning of its id, or true for the newest. */
  restart?: string | true;
  /** Bytes that each may take. */
  limitMemory?: number;
  env?: boolean;
  setup?: boolean;
  rawTerminal?: boolean;
}

/** The exit code of what ran; of several branches, the first that is not 0. Throws UserError (2) for a wrong question. */
export async function runCommand(ctx: Context, asked: RunOptions): Promise<number> {
  const options = sorted(ctx, asked.restart === undefined ? asked : restarted(ctx, asked));
  await refuseResize(ctx, { ...options });
  const request = options.restart === undefined ? await requestOf(ctx, options) : undefined;
  const environment = options.env === false ? { values: {} } : await sessionEnvironment(ctx);
  const codes: number[] = [];
  for (const branch of options.branches) {
    // There is nothing to run again where no workspace is.
    if (request === undefined) await workspaceOf(ctx, branch);
    const place = await prepareWorkspace(ctx, branch);
    const { target, dir } = place;
    await mountOrWarn(ctx, target);
    const work = async () => {
      if (place.setupDue && options.setup !== false) {
        const { setUpWorkspace } = await import("../project-file/set-up.ts");
        await setUpWorkspace(ctx, place, false);
      }
      const settings = await settingsAt(ctx, place, options.setup === false);
      const how = { detach: options.detach === true, rawTerminal: options.rawTerminal === true };
      const running = { dir, branch, environment, memory: memoryOf(settings, options), ...how };
      if (request !== undefined)
        return runInWorkspace(ctx, target, { ...running, request: request(settings.agent) });
      const { runAgain } = await import("./again.ts");
      const session = options.restart === true ? undefined : options.restart;
      return runAgain(ctx, target, { ...running, session, resume: options.resume === true });
    };
    const { code, over } = await withProxy(ctx, target, work, { lasting: true });
    codes.push(code);
    if (options.rm && over) await cleanAfterwards(ctx, branch);
  }
  return codes.find((code) => code !== 0) ?? EXIT.done;
}

const memoryOf = (settings: Settings, { limitMemory }: RunOptions): number | undefined =>
  limitMemory ?? memoryBytes(settings.session_memory ?? "");

async function cleanAfterwards(ctx: Context, branch: string): Promise<void> {
  const { cleanBranch } = await import("../sync/save/clean.ts");
  const { savedLines } = await import("../sync/save/saved-text.ts");
  const { removed, saves } = await cleanBranch(ctx, branch, false);
  ctx.out.say(`The workspace ${removed.join()} is deleted; the branch on the host is as it was.`);
  for (const line of savedLines(saves)) ctx.out.say(line);
}

type Sorted = RunOptions & { branches: readonly string[] };

/** With --branches the first word is the prompt. */
function sorted(ctx: Context, asked: RunOptions): Sorted {
  const { branches, branch, prompt } = asked;
  if (branches !== undefined && prompt !== undefined) throw usage("The branches are given twice.");
  const several = branches !== undefined;
  const all = several ? branches : branch === undefined ? [] : [branch];
  if (all.length === 0) throw usage("No branch is named.");
  const detach = asked.detach === true || several;
  if (asked.rm && detach)
    throw usage("--rm waits for the end, so it does not go with --detach or --branches.");
  if (ctx.afterDashes?.length === 0) throw usage('Nothing follows "--".');
  return { ...asked, branches: all, detach, prompt: several ? branch : prompt };
}

/** Without another word, what follows --restart is the branch. */
function restarted(ctx: Context, asked: RunOptions): RunOptions {
  const { branches, branch, restart, prompt, promptFile, rm, timeout } = asked;
  if (ctx.afterDashes !== undefined || prompt !== undefined || promptFile !== undefined || rm || timeout)
    throw usage("--restart runs what ran before: it goes with no prompt, command, --timeout or --rm.");
  if (branches !== undefined && (branch !== undefined || restart !== true))
    throw usage("With --branches, --restart names no session.");
  return branch === undefined && branches === undefined && typeof restart === "string"
    ? { ...asked, branch: restart, restart: true }
    : asked;
}

const usage = (message: string): UserError =>
  new UserError(message, {
    hint: 'agent-vm run <branch> "what to do", or: agent-vm run <branch> -- <command>',
    exit: EXIT.usage,
  });

/** The request for an agent of that name, which a branch's own project file may choose; a command needs none. */
async function requestOf(ctx: Context, options: Sorted): Promise<(agent: string) => Request> {
  const timeout = options.timeout ?? 0;
  if (ctx.afterDashes !== undefined) {
    if (options.prompt !== undefined || options.promptFile !== undefined)
      throw usage("There is a prompt and a command; it can be only one.");
    const words = ctx.afterDashes;
    return () => ({ kind: "command", agent: "", words, timeout });
  }
  const agents = await loadAgents(ctx);
  // Before anything is made or started.
  findAgent(agents, ctx.settings.agent);
  const { prompt: text, promptFile: file } = options;
  const standardInput = options.resume ? undefined : ctx.standardInput;
  const prompt = await promptFrom({ text, file, standardInput });
  const form = formOf(ctx, options);
  if (prompt === "" && form === "once") throw usage("There is no prompt.");
  return (name) => {
    const agent = findAgent(agents, name);
    return { kind: "agent", agent: agent.name, timeout, ...agentWords(agent, form, prompt) };
  };
}

/** On a terminal people want to see and steer it; elsewhere it is to do its work and end. */
function formOf(ctx: Context, { resume, talk, detach }: Sorted): AgentForm {
  if (resume) return "resume";
  return talk || (ctx.interactive && !detach) ? "talk" : "once";
}
