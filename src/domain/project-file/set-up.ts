// Sets a new workspace up as its repository wants it: packages, pre-commit's hooks, a script. In the VM alone, once.
import { createWriteStream, type WriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { runScript, SSH_FAILED, unreachable } from "../../adapters/ssh.ts";
import type { Context } from "../../context.ts";
import { EXIT, ToolError, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { type Holder, withLock } from "../../io/lock.ts";
import { sshArgv, type Target } from "../../target.ts";
import { quoted } from "../sync/plan.ts";
import type { Branch } from "../workspace/branch.ts";
import type { Repository } from "../workspace/repository.ts";
import { INSTALL_DEBIAN, SET_UP, SET_UP_EXIT } from "./guest.ts";
import { readProjectFile, wantedOf } from "./read.ts";
import { PROJECT_FILE, type ProjectFile } from "./schema.ts";

export interface Place {
  dir: string;
  branch: Branch;
  repo: Repository;
  target: Target;
}

const PYPI = "https://pypi.org/";
/** Characters of output that are kept in the log. */
const MAX_LOG = 16 * 1024 * 1024;

/**
 * Does what the host's commit of the branch asks for, its output shown and logged. `again`: although it was done.
 * Another command that is at it is waited for; what it did is not done once more.
 * Throws UserError (1) when a part fails: the workspace stays, and the next call begins anew.
 */
export async function setUpWorkspace(ctx: Context, place: Place, again = false): Promise<void> {
  const { dir } = place;
  const onWait = ({ pid }: Holder) =>
    ctx.out.say(
      `The workspace ${dir} is being set up by another command (process ${pid}); this one waits for it. --no-setup goes on without.`,
    );
  const lock = { command: ctx.commandLine, signal: ctx.signal, onWait };
  await withLock(join(ctx.paths.state, "locks", `setup-${dir}`), lock, () => setUpAlone(ctx, place, again));
}

async function setUpAlone(ctx: Context, place: Place, again: boolean): Promise<void> {
  const { repo, branch, dir } = place;
  const wanted = await wantedOf(ctx, repo.directory, branch.oid);
  const file = wanted.projectFile ? await readProjectFile(ctx, repo.directory, branch.oid) : {};
  const said = describe(file, wanted.preCommit);
  if (said !== "") ctx.out.say(`Setting up ${dir}: ${said}.`);
  const log = join(ctx.paths.logs, `setup-${dir}.log`);
  const { onLine, end } = await toLog(ctx, log);
  try {
    await setUp(ctx, place, { file, preCommit: wanted.preCommit, again, log, onLine });
  } finally {
    await end();
  }
}

interface Work {
  file: ProjectFile;
  preCommit: boolean;
  again: boolean;
  log: string;
  onLine: (line: string) => void;
}

async function setUp(ctx: Context, place: Place, work: Work): Promise<void> {
  const { target, dir } = place;
  const { file, preCommit, again, log, onLine } = work;
  const { apt = [], npm = [], python = [] } = file.packages ?? {};
  if (apt.length > 0) {
    const script = { text: INSTALL_DEBIAN, args: apt };
    await part(runScript(ctx.run, target, script, { admin: true, onLine, signal: ctx.signal }), place, log);
  }
  const packages = [...npm.flatMap((name) => ["npm", name]), ...python.flatMap((name) => ["python", name])];
  const index = `${ctx.settings.mirrors[PYPI] ?? PYPI}simple`;
  const args = [dir, index, preCommit ? "pre-commit" : "", again ? "again" : "", ...packages];
  const argv = sshArgv(target, ["bash", "-c", SET_UP, "set-up", ...args]);
  await part(ctx.run(argv, { input: file.setup ?? "", onLine, signal: ctx.signal }), place, log);
}

function describe({ packages, setup }: ProjectFile, preCommit: boolean): string {
  const named = (what: string, names: readonly string[] = []) =>
    names.length > 0 ? [`${what} ${names.map((name) => sanitize(name)).join(", ")}`] : [];
  return [
    ...named("Debian packages", packages?.apt),
    ...named("npm packages", packages?.npm),
    ...named("Python packages", packages?.python),
    ...(preCommit ? ["pre-commit's hooks"] : []),
    ...(setup === undefined ? [] : [`the setup of ${PROJECT_FILE}`]),
  ].join("; ");
}

/** A new log, from the first line on; the lines, cleaned already, go to the user and into it. */
async function toLog(ctx: Context, log: string) {
  await mkdir(ctx.paths.logs, { recursive: true, mode: 0o700 });
  let file: WriteStream | undefined;
  const open = () =>
    // A log that cannot be written (a full disk) is no reason to end the work that it tells of.
    createWriteStream(log, { mode: 0o600 }).on("error", () => {});
  let written = 0;
  const onLine = (line: string) => {
    ctx.out.say(`  ${line}`);
    written += line.length;
    file ??= open();
    if (written <= MAX_LOG) file.write(`${line}\n`);
  };
  return {
    onLine,
    end: () => new Promise<void>((resolve) => (file ? file.end(() => resolve()) : resolve())),
  };
}

const FAILED: Record<number, string> = {
  [SET_UP_EXIT.npm]: "its npm packages could not be installed",
  [SET_UP_EXIT.python]: "its Python packages could not be installed",
  [SET_UP_EXIT.setup]: `the setup of ${PROJECT_FILE} failed`,
};

async function part(work: Promise<unknown>, { dir, branch }: Place, log: string): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    const { code } = error.failure;
    if (code === SSH_FAILED) throw unreachable(error);
    const connect = `agent-vm connect ${quoted(branch.name)}`;
    if (code === SET_UP_EXIT.busy) {
      throw new UserError(`The workspace ${dir} is being set up by another command.`, {
        hint: `Wait for it, or enter as it is: ${connect} --no-setup`,
        exit: EXIT.failed,
        cause: error,
      });
    }
    throw new UserError(
      `The workspace ${dir} is there, but ${FAILED[code ?? 0] ?? "its Debian packages could not be installed"}.`,
      {
        details: [`Its output: ${log}`],
        hint: `Try again: ${connect}; enter as it is: ${connect} --no-setup`,
        exit: EXIT.failed,
        cause: error,
      },
    );
  }
}
