// Brings the workspaces' ssh hosts into the user's ssh configuration by one line, and takes them out again.
import { readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Context } from "../../context.ts";
import { UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { withLock } from "../../io/lock.ts";
import { type Paths, parseVmName, pathsFor } from "../paths.ts";
import { listWorkspaces } from "../workspace/registry.ts";
import { checkScript, hostAlias, hostsText, includeLine } from "./hosts.ts";
import { difference, placeOf, withInclude, withoutInclude } from "./include.ts";
import { isIncluded, knownEndpoint, writeHosts } from "./refresh.ts";
import { requireUnderstood } from "./understood.ts";
import { readElsewhere, readUserConfig, replaceUserConfig, userConfig } from "./user-config.ts";

/** The text of this VM's hosts, whether it is in use or not. Throws UserError when there are none. */
export async function showHosts(ctx: Context): Promise<string> {
  const workspaces = await listWorkspaces(ctx);
  const endpoint = await knownEndpoint(ctx.paths);
  if (endpoint === undefined || workspaces.length === 0) {
    throw new UserError(`The VM ${ctx.paths.vm} has no workspaces, so there are no hosts.`, {
      hint: "Make one with: agent-vm connect <branch>",
    });
  }
  if (!(await isIncluded(ctx.paths)))
    ctx.out.say("Your ssh does not know these hosts yet; that is done by: agent-vm ssh-config --install");
  return hostsText(ctx.paths, endpoint, workspaces.map((one) => one.dir).sort()).trimEnd();
}

/** With `dryRun` nothing is written. The answer: the hosts, or what would change; "" where there are none yet. */
export async function installHosts(ctx: Context, dryRun: boolean): Promise<string> {
  const include = includeLine(ctx.paths);
  return underLock(ctx, async () => {
    const before = await readUserConfig(ctx.paths);
    const place = before === undefined ? "missing" : placeOf(before, include);
    if (place === "too late") throw tooLate(ctx.paths, include);
    const after = place === "missing" ? withInclude(before, include) : before;
    if (dryRun) return place === "missing" ? difference(userConfig(ctx.paths), before, after) : NOTHING;
    await requireUnderstood(ctx);
    // First: a line that includes nothing does no harm, and hosts without the script would not be asked about.
    for (const paths of await allVms(ctx)) await writeHosts(paths, await listWorkspaces({ ...ctx, paths }));
    if (after !== before) await replaceUserConfig(ctx.paths, before, after, include);
    const elsewhere = readElsewhere(ctx.paths);
    if (elsewhere !== undefined)
      ctx.out.warn(
        `HOME is not your account's home, and ssh reads ${sanitize(elsewhere)}: call it as ssh -F ${sanitize(userConfig(ctx.paths))}`,
      );
    return hostsLine(ctx);
  });
}

const NOTHING = "Nothing is to be changed.";

async function hostsLine(ctx: Context): Promise<string> {
  const names = (await listWorkspaces(ctx)).map((one) => hostAlias(ctx.paths.vm, one.dir));
  ctx.out.say(
    names[0] === undefined
      ? "Your ssh knows each workspace from its making on."
      : `Your ssh knows the workspaces now, for example: ssh ${names[0]}`,
  );
  return names.join("\n");
}

/** Takes the line out, and every VM's file away. */
export async function removeHosts(ctx: Context, dryRun: boolean): Promise<string> {
  const include = includeLine(ctx.paths);
  return underLock(ctx, async () => {
    const before = await readUserConfig(ctx.paths);
    const there = before !== undefined && placeOf(before, include) !== "missing";
    const after = there ? withoutInclude(before, include) : before;
    if (dryRun) return there ? difference(userConfig(ctx.paths), before, after) : NOTHING;
    if (there) await replaceUserConfig(ctx.paths, before, after, include);
    for (const paths of await allVms(ctx)) await rm(paths.sshHosts, { force: true });
    await rm(checkScript(ctx.paths), { force: true });
    return there ? `${sanitize(userConfig(ctx.paths))} has our line no more.` : NOTHING;
  });
}

function underLock<T>(ctx: Context, work: () => Promise<T>): Promise<T> {
  const options = { command: ctx.commandLine, signal: ctx.signal, patience: 30_000 };
  return withLock(join(ctx.paths.sharedState, "locks", "ssh-hosts.lock"), options, work);
}

function tooLate(paths: Paths, include: string): UserError {
  return new UserError(`In ${sanitize(userConfig(paths))} our line stands below other options.`, {
    details: [include],
    hint: "They would count before it, or it for one host alone: make it the file's first line.",
  });
}

/** The paths of every VM that has left something here. */
async function allVms(ctx: Context): Promise<Paths[]> {
  const names = await readdir(dirname(ctx.paths.state)).catch(() => [] as string[]);
  return names.flatMap((name) => {
    try {
      return [pathsFor(parseVmName(name), ctx)];
    } catch (error) {
      if (error instanceof UserError) return [];
      throw error;
    }
  });
}
