// Opens a workspace in an editor of the host: its files in the mount, or the VM's own over ssh.
import { mkdir, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "../../context.ts";
import { EXIT, explain, ToolError, UserError } from "../../errors.ts";
import { spawnDetached } from "../../io/detached.ts";
import type { Target } from "../../target.ts";
import { agreeTo } from "../consent.ts";
import { keepMounted } from "../mount/keep.ts";
import { keepSmall } from "../mount/log.ts";
import { workspaceOf } from "../session/workspace.ts";
import { hostAlias } from "../ssh-hosts/hosts.ts";
import { installHosts } from "../ssh-hosts/install.ts";
import { isIncluded, refreshHosts } from "../ssh-hosts/refresh.ts";
import { listWorkspaces } from "../workspace/registry.ts";
import { canShow, type Editor, openArgv, type Place } from "./editors.ts";
import { type Choice, chooseEditor } from "./find-editor.ts";

export interface Opening {
  in?: string;
  remote?: boolean;
  /** Makes sure that the workspaces are mounted. */
  mounted?: (ctx: Context, target: Target) => Promise<{ mountpoint: string }>;
}

type Where = "mount" | "remote";

/** The path that was opened, or that is to be: `open` prints it. */
export async function openWorkspace(ctx: Context, branch: string, opening: Opening): Promise<string> {
  const { dir } = await workspaceOf(ctx, branch);
  const choice = await chooseEditor(ctx, opening.in);
  if (opening.remote && choice && choice.editor.remote === undefined) throw onlyLocal(choice.editor);
  const target = await ctx.target({ existing: true });
  const where = await whereTo(ctx, target, opening, choice?.editor);
  const place = placeOf(ctx, dir);
  const path = where === "mount" ? place.dir : `${place.host}:${place.path}`;
  if (where === "remote") await readyForRemote(ctx);
  const argv =
    choice?.found && openArgv(choice.editor, choice.found, { where, place, platform: ctx.platform });
  if (argv === undefined || !canShow(ctx.env, ctx.platform, choice?.editor.within)) {
    ctx.out.say(steps(choice, { where, place, shown: argv !== undefined }));
    return path;
  }
  await launch(ctx, argv, choice?.editor.title ?? "");
  const how = where === "mount" ? "its files in the mount" : "over ssh, inside the VM";
  ctx.out.say(`${dir} opens in ${choice?.editor.title}: ${how}.`);
  return path;
}

/** Where the agent's account has the workspaces. */
const GUEST = "/home/agent/workspace";

const placeOf = ({ paths }: Context, dir: string): Place => ({
  dir: join(paths.mountpoint, dir),
  // Editors put it into urls, whose hosts have no capital letters; the configuration knows both.
  host: hostAlias(paths.vm, dir).toLowerCase(),
  path: `${GUEST}/${dir}`,
});

const onlyLocal = ({ title }: Editor): UserError =>
  new UserError(`${title} has no way to open a directory over ssh that agent-vm knows.`, {
    hint: "Leave out --remote to open it in the mount, or choose another editor with --in.",
    exit: EXIT.usage,
  });

async function whereTo(
  ctx: Context,
  target: Target,
  { remote, mounted }: Opening,
  editor: Editor | undefined,
): Promise<Where> {
  if (remote) return "remote";
  try {
    await (mounted ?? ((c, t) => keepMounted(c, t, { probe: true })))(ctx, target);
    return "mount";
  } catch (error) {
    const expected = error instanceof UserError || error instanceof ToolError;
    // Closed because the VM broke the file protocol: over ssh an editor would trust it more, not less.
    if (error instanceof UserError && error.exit === EXIT.refused) throw error;
    if (!expected || (editor !== undefined && editor.remote === undefined)) throw error;
    const { message, hint } = explain(error);
    ctx.out.warn(
      ["The workspaces are not mounted, so it is opened over ssh, inside the VM.", message, hint]
        .filter(Boolean)
        .join(" "),
    );
    return "remote";
  }
}

async function readyForRemote(ctx: Context): Promise<void> {
  if (await isIncluded(ctx.paths)) await refreshHosts(ctx, await listWorkspaces(ctx));
  else {
    await agreeTo(ctx, "Add one Include line to ~/.ssh/config, so that editors find the workspaces?");
    await installHosts(ctx, false);
  }
  const note = await open(join(ctx.paths.state, "remote-explained"), "wx", 0o600).catch(() => undefined);
  await note?.close();
  if (note) ctx.out.say(ONCE);
}

const ONCE = [
  "Over ssh an editor's server and most of its extensions run in the VM, as the agent's account, not here. The editor's window",
  "believes that server, though: a hostile VM can use it against this host, which no sandbox of ours prevents (SECURITY.md,",
  '"Editors over ssh"). For a VM that you do not trust use the mount. This is said once.',
].join("\n");

function steps(
  choice: Choice | undefined,
  { where, place, shown }: { where: Where; place: Place; shown: boolean },
): string {
  const why =
    choice === undefined
      ? "No editor that agent-vm knows was found here."
      : shown
        ? "There is no display here to open a window on."
        : `${choice.editor.title} was not found here, or not in a form that can do this.`;
  const how =
    where === "mount"
      ? `Open this directory in your editor: ${place.dir}`
      : `In your editor connect to the ssh host ${place.host} and open ${place.path} there${needs(choice?.editor)}. By hand: ssh ${place.host}`;
  return `${why}\n${how}`;
}

const needs = (editor: Editor | undefined): string => (editor?.needs ? ` (it needs ${editor.needs})` : "");

/** Milliseconds in which an editor that cannot start has said so; those that go on are left alone. */
const EARLY = 1500;
const POLL = 50;

async function launch(ctx: Context, argv: readonly string[], title: string): Promise<void> {
  await mkdir(ctx.paths.logs, { recursive: true, mode: 0o700 });
  const log = join(ctx.paths.logs, "open.log");
  keepSmall(log);
  const before = (await readFile(log).catch(() => Buffer.alloc(0))).length;
  const env = Object.fromEntries(
    Object.entries(ctx.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  const child = await spawnDetached(argv, { env, log }).catch((cause: unknown) => {
    throw failed(title, [], log, cause);
  });
  for (const until = Date.now() + EARLY; child.ended() === undefined && Date.now() < until; )
    await new Promise((resolve) => setTimeout(resolve, POLL));
  const end = child.ended();
  if (end === undefined || end === 0) return;
  const said = (await readFile(log)).subarray(before).toString("utf8").trim().split("\n");
  throw failed(title, said.slice(-5), log);
}

const failed = (title: string, details: readonly string[], log: string, cause?: unknown): UserError =>
  new UserError(`${title} could not be started.`, {
    details,
    hint: `What it said is in ${log}; another editor: --in NAME`,
    cause,
  });
