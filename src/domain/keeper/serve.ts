// The keeper itself: one process for a VM, for as long as a session needs keys or the host's proxy, or the mount is wanted.
import type { Context } from "../../context.ts";
import { thisProcess, withLock } from "../../io/lock.ts";
import { makePrivate } from "../../io/private-directory.ts";
import { createControl, listen } from "./control.ts";
import { careForForwards } from "./keep-forwards.ts";
import { careForKeys } from "./keep-keys.ts";
import { careForMount } from "./keep-mount.ts";
import { careForProxy } from "./keep-proxy.ts";
import type { Answer, Question } from "./messages.ts";
import { controlSocket, keeperLife, programOf, writeKeeperRecord } from "./record.ts";

const SECOND = 1000;
/** Seconds with nothing to keep until it ends: the next session often comes soon. */
const IDLE = 15;
/** How long it waits for another keeper that is about to end. */
const LIFE_LIMIT = 5 * SECOND;

export async function serveKeeper(ctx: Context): Promise<void> {
  const over = new AbortController();
  const end = () => over.abort();
  ctx.signal.addEventListener("abort", end);
  await makePrivate(ctx.paths.sockets, ctx.uid);
  const life = { command: ctx.commandLine, signal: over.signal, patience: LIFE_LIMIT };
  await withLock(keeperLife(ctx.paths), life, async () => {
    const close = await open(ctx, over.signal, end);
    // Only one that can be asked is known.
    await writeKeeperRecord(ctx.paths, { ...(await thisProcess()), program: programOf(ctx.self) });
    await new Promise<void>((resolve) => {
      if (over.signal.aborted) resolve();
      over.signal.addEventListener("abort", () => resolve());
    });
    close();
  });
}

/** Everything it keeps; gives what ends it. */
async function open(ctx: Context, signal: AbortSignal, end: () => void): Promise<() => void> {
  const say = (text: string) => ctx.out.say(`${new Date().toISOString()} ${text}`);
  const keys = careForKeys(ctx, { say, signal });
  const mount = careForMount(ctx, { say, signal });
  const proxy = careForProxy(ctx, { say, signal });
  const forwards = careForForwards(ctx, { say, signal });
  const state = (): Answer => ({
    ...keys.state(),
    mount: mount.state(),
    proxy: proxy.state(),
    forwards: forwards.state(),
  });
  const answer = async (question: Question): Promise<Answer> => {
    if (question.ask === "open") await keys.open(question);
    if (question.ask === "left") keys.left(question.session);
    if (question.ask === "proxy") await proxy.hold(question);
    if (question.ask === "forward") await forwards.hold(question);
    if (question.ask === "unforward") await forwards.take(question);
    if (question.ask === "end") setImmediate(end);
    return state();
  };
  // Before anybody can ask: what is told is whole then.
  await forwards.resume();
  const control = createControl(answer);
  await listen(control, controlSocket(ctx.paths));
  let idle = 0;
  const watch = setInterval(() => {
    const { sessions, mount: mounted, proxy: way, forwards: ports } = state();
    const nothing = sessions === 0 && mounted === "idle" && way === "idle" && ports?.length === 0;
    idle = nothing ? idle + 1 : 0;
    if (idle >= IDLE) end();
  }, SECOND);
  return () => {
    clearInterval(watch);
    control.close();
    keys.close();
    proxy.close();
    forwards.close();
    say("nothing is left to keep");
  };
}
