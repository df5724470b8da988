// What diff and log share: the host's commits to compare with, one call in the guest, its answer cleaned as it streams.

import { Transform, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { StringDecoder } from "node:string_decoder";
import { git, query } from "../../adapters/git.ts";
import { unreachable } from "../../adapters/ssh.ts";
import type { Context } from "../../context.ts";
import { EXIT, Interrupted, ToolError, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { inAscii, showsUtf8 } from "../../io/charset.ts";
import { openPager, type Screen } from "../../io/pager.ts";
import { sshArgv } from "../../target.ts";
import { branchTip, parseBranch } from "../workspace/branch.ts";
import type { Workspace } from "../workspace/registry.ts";
import { findRepository, type Repository } from "../workspace/repository.ts";
import { requireWorkspace } from "./fetch.ts";
import { knownOf } from "./mirror.ts";
import { requirePresent } from "./observe.ts";
import { occupied } from "./occupied.ts";
import { fields, parseObservation, textOf } from "./parse.ts";
import { quoted } from "./plan.ts";

/** The first part of the guest's answer: facts by name, in their order. */
export type Facts = Map<string, string[]>;

/** One view of a workspace. */
export interface View {
  /** A constant script and its arguments after directory and branch. */
  script: string;
  args: readonly string[];
  /** Git's section for the pager: `pager.<verb>`. */
  verb: "diff" | "log";
  /** Which of the host's commits the guest may compare with; see offered(). */
  onlyHosts: boolean;
  /** Lines of ours before the body. */
  begin(facts: Facts, workspace: Workspace): string[];
  /** One line of the body, shown as it returns. */
  line(text: string): string;
}

/** Shows a view through the pager; true when there was anything to show. */
export async function show(ctx: Context, name: string, screen: Screen, view: View): Promise<boolean> {
  const branch = await parseBranch(ctx, name);
  const repo = await findRepository(ctx);
  const workspace = await requireWorkspace(ctx, repo, branch);
  const target = await ctx.target({ existing: true });
  const input = (await offered(ctx, repo, workspace, view.onlyHosts)).map((oid) => `${oid}\n`).join("");
  const command = screen.terminal ? await pagerCommand(ctx, repo, view.verb) : undefined;
  const pager = openPager(ctx.run, screen, { command, env: ctx.env });
  // A pager does that by itself.
  const ascii = screen.terminal && command === undefined && !showsUtf8(ctx.env);
  const drawn = (text: string) => (ascii ? inAscii(text) : text);
  let shown = 0;
  let understood = false;
  let trouble: unknown;
  const waiting = ctx.out.step("wait for the VM's answer", "late");
  const answer = readAnswer({
    begin: (facts) => {
      waiting.done();
      requireFacts(facts, workspace);
      understood = true;
      return view.begin(facts, workspace).map(drawn);
    },
    line: (text) => {
      shown += 1;
      return drawn(view.line(text));
    },
  });
  const flowing = pipeline(answer, pager.sink).catch((error: unknown) => {
    if (!(error instanceof Error && "code" in error && error.code === "ERR_STREAM_PREMATURE_CLOSE"))
      trouble = error;
  });
  try {
    const argv = sshArgv(target, ["sh", "-c", view.script, "sh", workspace.dir, branch, ...view.args]);
    await ctx.run(argv, { input, into: answer, signal: ctx.signal });
  } catch (error) {
    // Whoever leaves the pager has seen enough; the guest's end is no failure then.
    if (!pager.sink.destroyed || pager.sink.writableFinished) trouble ??= explained(error);
    answer.end();
  } finally {
    waiting.done();
  }
  await flowing;
  const { code, interrupted } = await pager.ended();
  if (interrupted) throw new Interrupted();
  if (trouble !== undefined) throw trouble;
  if (!understood && shown === 0) throw notUnderstood();
  if (code === 126 || code === 127) throw noPager(command ?? "");
  return shown > 0;
}

/** A view as values, for JSON: its facts and the lines of its body, all as the guest says. */
export async function gather(
  ctx: Context,
  name: string,
  view: Pick<View, "script" | "args" | "onlyHosts">,
): Promise<{ facts: Facts; workspace: Workspace; lines: string[] }> {
  const lines: string[] = [];
  let seen: { facts: Facts; workspace: Workspace } | undefined;
  let size = 0;
  await show(ctx, name, NOWHERE, {
    ...view,
    verb: "log",
    begin: (facts, workspace) => {
      seen = { facts, workspace };
      return [];
    },
    line: (text) => {
      size += text.length;
      if (size > MAX_GATHERED) throw tooMuch();
      lines.push(text);
      return "";
    },
  });
  if (seen === undefined) throw notUnderstood();
  return { ...seen, lines };
}

/** Characters that are held for one answer: some hundred thousand files. */
const MAX_GATHERED = 64 * 1024 * 1024;
const tooMuch = () =>
  new UserError("There is too much for one JSON value.", { hint: "See it as text, without --json." });

const NOWHERE: Screen = {
  terminal: false,
  columns: 80,
  stdout: new Writable({ write: (_chunk, _encoding, done) => done() }),
};

const explained = (error: unknown): unknown =>
  error instanceof ToolError && error.failure.code === 255 ? unreachable(error) : error;

const notUnderstood = () =>
  new UserError("The VM's answer is not understood.", {
    hint: "If this stays, look at the workspace with: agent-vm connect",
  });

const noPager = (command: string) =>
  new UserError(`Your pager could not be run: ${sanitize(command)}`, {
    hint: "Choose another one, for this once with: GIT_PAGER=cat agent-vm …",
  });

/** How many of the host's commits are offered, when the guest has not got the newest. */
const OFFERED = 1000;

/**
 * Commits of the host's branch, newest first, and the last one that both sides had. `onlyHosts` leaves that one out
 * when the host's branch has lost it.
 */
async function offered(
  ctx: Context,
  repo: Repository,
  workspace: Workspace,
  onlyHosts: boolean,
): Promise<string[]> {
  const host = await branchTip(ctx, repo, workspace.branch);
  const { synced, mirror } = await knownOf(ctx, repo.directory, workspace);
  const from = host ?? synced ?? mirror ?? "HEAD";
  const { stdout } = await git(ctx, repo.directory, ["rev-list", `--max-count=${OFFERED}`, from, "--"]);
  const list = stdout.split("\n").filter(Boolean);
  if (host === undefined || onlyHosts) return list;
  return [host, ...[synced, mirror].flatMap((oid) => oid ?? []), ...list.slice(1)];
}

function requireFacts(facts: Facts, workspace: Workspace): void {
  const state = facts.get("state")?.[0] ?? "";
  const mark = facts.get("mark")?.[0] ?? "";
  const opened = ["present", "nobranch", "unrelated"].includes(state);
  if (opened && mark !== workspace.repoId) throw occupied(workspace, mark);
  if (state === "present") return;
  const name = sanitize(workspace.branch);
  if (state === "nobranch") {
    throw new UserError(`The workspace ${workspace.dir} has no branch "${name}" (any more).`, {
      hint: `See its files without --committed, or look at it with: agent-vm connect ${quoted(workspace.branch)}`,
    });
  }
  if (state === "leaving") {
    throw new UserError(
      `The deletion of the workspace ${workspace.dir} goes on, or was interrupted; its work is in the VM.`,
      {
        hint: `If no other command is at work, it comes back with: agent-vm push ${quoted(workspace.branch)}`,
      },
    );
  }
  if (state === "unrelated") {
    throw new UserError(`The workspace ${workspace.dir} has none of the host's commits to compare with.`, {
      hint: `Look at it with: agent-vm connect ${quoted(workspace.branch)}`,
      exit: EXIT.failed,
    });
  }
  requirePresent(parseObservation(`=${state}\0`), workspace);
}

/** As git chooses: GIT_PAGER, pager.<verb>, core.pager, PAGER, less. Undefined for none. */
async function pagerCommand(ctx: Context, repo: Repository, verb: string): Promise<string | undefined> {
  const pattern = `^(core\\.pager|pager\\.${verb})$`;
  const found = await query(ctx, repo.directory, ["config", "--get-regexp", pattern]);
  const configured = new Map(
    found.split("\n").map((line) => [line.split(" ", 1)[0], line.slice(line.indexOf(" ") + 1)]),
  );
  const own = configured.get(`pager.${verb}`);
  if (own !== undefined && /^(false|no|off|0)$/i.test(own)) return undefined;
  const named = own === undefined || /^(true|yes|on|1)$/i.test(own) ? undefined : own;
  const { GIT_PAGER, PAGER } = ctx.env;
  const command = GIT_PAGER ?? named ?? configured.get("core.pager") ?? PAGER ?? "less";
  return command === "" || command === "cat" ? undefined : command;
}

const MAX_FACTS = 8 * 1024 * 1024;
/** Longer lines are shown in pieces, so that one line never fills the memory. */
const MAX_PIECE = 64 * 1024;

interface Reader {
  begin(facts: Facts): string[];
  line(text: string): string;
}

/** Bytes of the guest → text to show. An error of `begin` destroys the stream. */
export function readAnswer(reader: Reader): Transform {
  const decoder = new StringDecoder("utf8");
  let head: Buffer | undefined = Buffer.alloc(0);
  let rest = "";
  const body = (text: string): string => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    let out = lines.map((line) => `${reader.line(line)}\n`).join("");
    for (; rest.length > MAX_PIECE; rest = rest.slice(MAX_PIECE))
      out += reader.line(rest.slice(0, MAX_PIECE));
    return out;
  };
  const transform = (chunk: Buffer): string => {
    if (head === undefined) return body(decoder.write(chunk));
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("=body\0");
    if (end < 0 && head.length > MAX_FACTS) throw notUnderstood();
    if (end < 0) return "";
    const facts = parseFacts(head.subarray(0, end).toString("latin1"));
    const after = head.subarray(end + "=body\0".length);
    head = undefined;
    const lines = reader.begin(facts).map((line) => `${line}\n`);
    return lines.join("") + body(decoder.write(after));
  };
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => settle(done, () => transform(chunk)),
    flush: (done) => settle(done, () => (rest === "" ? "" : `${reader.line(rest)}\n`)),
  });
}

function settle(done: (error: Error | null, text?: string) => void, work: () => string): void {
  try {
    done(null, work());
  } catch (error) {
    done(error instanceof Error ? error : new Error(String(error)));
  }
}

function parseFacts(answer: string): Facts {
  const words = fields(answer);
  const facts: Facts = new Map();
  for (let at = 0; at + 1 < words.length; at += 2) {
    const name = (words[at] ?? "").slice(1);
    facts.set(name, [...(facts.get(name) ?? []), textOf(words[at + 1] ?? "")]);
  }
  return facts;
}

/** Colour only where nobody asked for none. */
export const wantsColour = (ctx: Context, screen: Screen): boolean =>
  screen.terminal && !ctx.env["NO_COLOR"] && ctx.env["TERM"] !== "dumb";
