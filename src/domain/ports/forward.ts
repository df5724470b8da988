// Forwarded ports: asked for, shown while their command lives or left to the keeper, and taken back.
import type { Context } from "../../context.ts";
import { EXIT, Interrupted, UserError } from "../../errors.ts";
import { thisProcess, withLock } from "../../io/lock.ts";
import { askKeeper, keeperStatus } from "../keeper/ask.ts";
import { askKept } from "../keeper/ask-kept.ts";
import { isSameForward, readWantedForwards, writeWantedForwards } from "../keeper/forwards-wanted.ts";
import type { Forward, KeptForward } from "../keeper/messages.ts";
import { keeperLock, keeperLog, livingKeeper } from "../keeper/record.ts";
import { quoted } from "../sync/plan.ts";
import { showUntilOver, takeBack } from "./attached.ts";
import { lookWhoListens } from "./listening.ts";
import { ownerOf, refusalOf } from "./taken.ts";
import { forwardText, listenerText } from "./words.ts";

/** What this VM's keeper says that it forwards now; nothing when it does not answer. */
export const toldForwards = async ({ paths }: Pick<Context, "paths">): Promise<KeptForward[]> =>
  (await keeperStatus(paths))?.forwards ?? [];

/**
 * What is forwarded now; without a keeper what comes back with the next one, as not standing. Throws UserError (3) when
 * there is a keeper that does not answer.
 */
export async function listForwards({ paths }: Pick<Context, "paths">): Promise<KeptForward[]> {
  const status = await keeperStatus(paths);
  if (status !== undefined && status.sessions === undefined) throw noAnswer({ paths }, undefined);
  if (status !== undefined) return status.forwards ?? [];
  return (await readWantedForwards(paths)).map(({ forward, since }) => ({ ...forward, up: false, since }));
}

/**
 * Ports of the VM on this host's loopback, or with kind "reverse" ports of this host on the VM's. Without `detach` until
 * Ctrl-C. Throws UserError (1) for a port that is taken, before any is forwarded.
 */
export async function forwardPorts(
  ctx: Context,
  wanted: readonly Forward[],
  { detach }: { detach: boolean },
): Promise<void> {
  const target = await ctx.target({ running: true });
  const kept = await toldForwards(ctx);
  for (const one of wanted) await requireFree(ctx, one, kept);
  const local = wanted.filter((one) => one.kind === "local");
  if (local.length > 0) {
    const ports = new Set((await lookWhoListens(ctx, target)).map(({ port }) => port));
    for (const { guest } of local)
      if (!ports.has(guest)) ctx.out.say(`No program of the agent's listens on port ${guest} of the VM yet.`);
  }
  const me = await thisProcess();
  try {
    for (const one of wanted) tellMade(ctx, one, await hold(ctx, one, detach ? {} : { holder: me }));
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    await takeBack(ctx, wanted, detach ? undefined : me.pid);
    if (detach) throw error;
    return;
  }
  if (detach) ctx.out.say("It goes on without this command. Take it back: agent-vm forward stop");
  else await showUntilOver(ctx, { wanted, holder: me.pid });
}

/** True when it stands. */
async function hold(
  ctx: Context,
  one: Forward,
  holder: { holder?: Awaited<ReturnType<typeof thisProcess>> },
): Promise<boolean> {
  const question = { ask: "forward", forward: one, ...holder, since: Math.floor(Date.now() / 1000) } as const;
  const { forwards = [] } = await askKept(ctx, question).catch((cause: unknown) => {
    throw cause instanceof UserError || cause instanceof Interrupted ? cause : noAnswer(ctx, cause);
  });
  return forwards.some((kept) => isSameForward(kept, one) && kept.up);
}

const noAnswer = ({ paths }: Pick<Context, "paths">, cause: unknown): UserError =>
  new UserError("The keeper, which forwards ports, gave no answer.", {
    hint: `Its log is ${keeperLog(paths)}; it may be of an older version that sessions need: agent-vm restart ends both`,
    exit: EXIT.notReady,
    cause,
  });

function tellMade(ctx: Context, one: Forward, up: boolean): void {
  ctx.out.answer(forwardText(one));
  if (one.kind === "reverse")
    ctx.out.warn(
      `Every workspace, and every program in the VM, can reach port ${one.host} of this host now.`,
    );
  if (!up) ctx.out.warn("It does not stand yet: the VM does not answer, or the port is taken there.");
}

/** Throws UserError (1) when one of the host's side, or of the VM's with kind "reverse", is not to be had. */
async function requireFree(ctx: Context, one: Forward, kept: readonly KeptForward[]): Promise<void> {
  const side = one.kind === "local" ? "host" : "guest";
  const ours = kept.find((other) => other.kind === one.kind && other[side] === one[side]);
  if (ours !== undefined)
    throw taken(
      one,
      `agent-vm forwards it already: ${forwardText(ours)}`,
      `Take it back first: agent-vm forward stop ${ours.host}`,
    );
  // The VM's sshd listens for the agent's account.
  const allowed = one.guest >= FIRST_FREE ? undefined : "not permitted";
  const why = one.kind === "local" ? await refusalOf(one.host) : allowed;
  if (why === undefined) return;
  const hint = `Use another one: agent-vm forward ${another(one)}`;
  if (why === "not permitted") throw taken(one, "only root may listen there", hint);
  const owner = await ownerOf(ctx, one.host);
  throw taken(one, owner === undefined ? "another program listens there" : `${owner} listens there`, hint);
}

const FIRST_FREE = 1024;

/** What to type for another port on the side that cannot be had. */
function another({ kind, host, guest, branch }: Forward): string {
  const instead = (port: number) => (port < 50_000 ? port + 10_000 : 8080);
  return kind === "local"
    ? `${quoted(branch)} ${instead(host)}:${guest}`
    : `--reverse ${host}:${instead(guest)}`;
}

const taken = ({ kind, host, guest }: Forward, why: string, hint: string): UserError => {
  const port = kind === "local" ? `Port ${host} of this host` : `Port ${guest} of the VM`;
  return new UserError(`${port} cannot be used: ${why}.`, { hint });
};

/** Takes back the forwards of these ports of the host, or all. Gives what was taken back. */
export async function stopForwards(ctx: Context, ports: readonly number[]): Promise<KeptForward[]> {
  const kept = await listForwards(ctx);
  const chosen = ports.length === 0 ? kept : kept.filter(({ host }) => ports.includes(host));
  const unknown = ports.filter((port) => !kept.some(({ host }) => host === port));
  if (unknown.length > 0)
    throw new UserError(`Port ${unknown.join(", ")} of this host is not forwarded.`, {
      hint: "See what is: agent-vm forward list",
      exit: EXIT.failed,
    });
  if (chosen.length === 0) return chosen;
  const forwards = chosen.map(({ kind, host, guest, branch }) => ({ kind, host, guest, branch }));
  const lock = { command: ctx.commandLine, signal: ctx.signal };
  // No keeper begins meanwhile, which would still have read of them.
  await withLock(keeperLock(ctx.paths), lock, () => takeAway(ctx, forwards));
  return chosen;
}

async function takeAway(ctx: Context, forwards: readonly Forward[]): Promise<void> {
  if ((await livingKeeper(ctx.paths)) === undefined) {
    const wanted = await readWantedForwards(ctx.paths);
    const stay = wanted.filter(({ forward }) => !forwards.some((one) => isSameForward(one, forward)));
    return writeWantedForwards(ctx.paths, stay);
  }
  await askKeeper(ctx.paths, { ask: "unforward", forwards: [...forwards] }).catch((cause: unknown) => {
    throw noAnswer(ctx, cause);
  });
}

/** Without a port on the command line: what there is to choose from. Throws UserError (2). */
export async function askForPort(ctx: Context, branch: string, dir: string): Promise<never> {
  const all = await lookWhoListens(ctx, await ctx.target({ running: true }));
  const here = all.filter((one) => one.dir === dir);
  throw new UserError("Which port?", {
    details: here.map(listenerText),
    hint:
      here[0] === undefined
        ? `Nothing listens in this workspace yet. Name the port: agent-vm forward ${quoted(branch)} PORT`
        : `agent-vm forward ${quoted(branch)} ${here[0].port}`,
    exit: EXIT.usage,
  });
}
