// What diff and log share: one call in the guest, its answer through the user's pager or as values.
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { unreachable } from "../../../adapters/ssh.ts";
import type { Context } from "../../../context.ts";
import { EXIT, Interrupted, ToolError, UserError } from "../../../errors.ts";
import { sanitize } from "../../../guard/sanitize.ts";
import { inAscii, showsUtf8 } from "../../../io/charset.ts";
import { openPager, type Screen } from "../../../io/pager.ts";
import { sshArgv } from "../../../target.ts";
import { parseBranch } from "../../workspace/branch.ts";
import type { Workspace } from "../../workspace/registry.ts";
import { findRepository } from "../../workspace/repository.ts";
import { requireWorkspace } from "../../workspace/require.ts";
import { requirePresent } from "../observe.ts";
import { occupied } from "../occupied.ts";
import { parseObservation } from "../parse.ts";
import { quoted } from "../plan.ts";
import { offered } from "./offered.ts";
import { noPager, pagerCommand } from "./pager-command.ts";
import { type Facts, notUnderstood, readAnswer } from "./read-answer.ts";

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

/** Colour only where nobody asked for none. */
export const wantsColour = (ctx: Context, screen: Screen): boolean =>
  screen.terminal && !ctx.env["NO_COLOR"] && ctx.env["TERM"] !== "dumb";
