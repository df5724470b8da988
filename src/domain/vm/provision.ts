// Brings the guest to what the workspaces need: the due steps in order, logged, each stamped when done.
import { appendFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { putFiles, type SftpEndpoint } from "../../adapters/sftp.ts";
import { runScript } from "../../adapters/ssh.ts";
import type { Context } from "../../context.ts";
import { EXIT, ToolError, UserError } from "../../errors.ts";
import type { Target } from "../../target.ts";
import { RUN_STEP } from "./guest-scripts.ts";
import { dueSteps, type Step } from "./steps.ts";

export const provisionLog = (ctx: Context): string => join(ctx.paths.logs, "provision.log");

export interface Guest {
  target: Target;
  endpoint: SftpEndpoint;
}

/** Runs what is due; throws UserError (1) with the step's name and the end of its output when one fails. */
export async function provision(
  ctx: Context,
  guest: Guest,
  steps: readonly Step[],
  stamps: string,
): Promise<void> {
  const due = dueSteps(steps, stamps);
  if (due.length === 0) return;
  await mkdir(ctx.paths.logs, { recursive: true, mode: 0o700 });
  await upload(guest, due);
  for (const [index, step] of due.entries()) {
    await runStep(ctx, guest.target, step, `${index + 1}/${due.length}`);
  }
}

async function upload(guest: Guest, due: readonly Step[]): Promise<void> {
  const scripts = due.map((step) => ({ path: `steps/${step.definition.name}.sh`, content: step.script }));
  const inputs = due.flatMap((step) => step.files).map((file) => ({ ...file, path: `inputs/${file.path}` }));
  const place = [{ path: "inputs/README", content: "Inputs of agent-vm's provisioning steps.\n" }];
  await putFiles(guest.endpoint, ".agent-vm/provision", [...scripts, ...inputs, ...place]);
}

async function runStep(ctx: Context, target: Target, step: Step, count: string): Promise<void> {
  const { name, title } = step.definition;
  const log = provisionLog(ctx);
  const shown = ctx.out.step(`provision ${count}: ${title}`);
  await appendFile(log, `=== ${new Date().toISOString()} ${name}\n`);
  const recent: string[] = [];
  const onLine = (line: string) => {
    recent.push(line);
    if (recent.length > 12) recent.shift();
    shown.update(line);
    // A log that cannot be written (a full disk) is no reason to end the work that it tells of.
    appendFile(log, `${line}\n`).catch(() => {});
  };
  try {
    const script = { text: RUN_STEP, args: [name, step.hash] };
    await runScript(ctx.run, target, script, { admin: true, onLine, signal: ctx.signal });
    shown.done();
  } catch (error) {
    shown.failed();
    if (!(error instanceof ToolError)) throw error;
    throw new UserError(`Provisioning step ${name} (${title}) failed.`, {
      details: recent,
      hint: "The same command goes on from this step; the whole log: agent-vm logs provision",
      exit: EXIT.failed,
      cause: error,
    });
  }
}
