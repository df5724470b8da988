// The keeper itself: one process for a VM, from the first session that needs it until the last has ended.
import type { Context } from "../../context.ts";
import { createCredentialProxy } from "../../guard/credential-proxy.ts";
import { createSessions } from "../../guard/credential-sessions.ts";
import { rememberSecrets } from "../../guard/mask.ts";
import { makePrivate } from "../../io/private-directory.ts";
import { createControl, listen } from "./control.ts";
import { decisionLog } from "./decision-log.ts";
import type { Answer, Question } from "./messages.ts";
import { loadProviders } from "./providers.ts";
import { controlSocket, proxySocket } from "./record.ts";
import { createSweep } from "./sweep.ts";
import { openTunnel } from "./tunnel.ts";
import { upstream } from "./upstream.ts";

const SECOND = 1000;
/** Seconds without a session until it ends: the next one often comes soon. */
const IDLE = 15;
/** How long a new session waits for the connection. */
const CONNECT = 40 * SECOND;

export async function serveKeeper(ctx: Context): Promise<void> {
  const over = new AbortController();
  const end = () => over.abort();
  ctx.signal.addEventListener("abort", end);
  await makePrivate(ctx.paths.sockets, ctx.uid);
  const close = await open(ctx, over.signal, end);
  await new Promise<void>((resolve) => over.signal.addEventListener("abort", () => resolve()));
  close();
}

/** Everything it keeps; gives what ends it. */
async function open(ctx: Context, signal: AbortSignal, end: () => void): Promise<() => void> {
  const { paths } = ctx;
  const say = (text: string) => ctx.out.say(`${new Date().toISOString()} ${text}`);
  const sessions = createSessions();
  const sweep = createSweep();
  const proxy = createCredentialProxy({
    providers: await loadProviders(ctx.programDir),
    sessions,
    ...(await upstream(ctx.env)),
    log: decisionLog(paths),
  });
  await listen(proxy, proxySocket(paths));
  const close = (id: string) => {
    sessions.close(id);
    say(`session ${id} ended`);
  };
  const onSessions = (living: readonly string[]) => sweep.ended(sessions.ids(), living).forEach(close);
  const tunnel = openTunnel(ctx, { onSessions, onGivenUp: end, say }, signal);
  const answer = async (question: Question): Promise<Answer> => {
    if (question.ask === "open") {
      const { session, placeholder, grants } = question;
      rememberSecrets([placeholder, ...Object.values(grants).map(({ value }) => value)]);
      sessions.open(session, placeholder, grants);
      say(`session ${session} begins`);
      if (!(await tunnel.settled(CONNECT))) close(session);
    }
    if (question.ask === "left") sweep.appeared(question.session);
    if (question.ask === "end") setImmediate(end);
    return { connected: tunnel.connected(), port: tunnel.port(), sessions: sessions.ids().length };
  };
  const control = createControl(answer);
  await listen(control, controlSocket(paths));
  let idle = 0;
  const watch = setInterval(() => {
    idle = sessions.ids().length === 0 ? idle + 1 : 0;
    if (idle >= IDLE) end();
  }, SECOND);
  return () => {
    clearInterval(watch);
    control.close();
    proxy.close();
    proxy.closeAllConnections();
    say("nothing is left to keep");
  };
}
