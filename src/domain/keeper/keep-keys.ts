// The keeper's care for keys: the credential proxy and its connection into the VM, from the first session on.
import type { Context } from "../../context.ts";
import { createCredentialProxy } from "../../guard/credential-proxy.ts";
import { createSessions } from "../../guard/credential-sessions.ts";
import { rememberSecrets } from "../../guard/mask.ts";
import { listen } from "./control.ts";
import { decisionLog } from "./decision-log.ts";
import type { Answer, Question } from "./messages.ts";
import { loadProviders } from "./providers.ts";
import { credentialsLog, proxySocket } from "./record.ts";
import { createSweep } from "./sweep.ts";
import { openTunnel, type Tunnel } from "./tunnel.ts";
import { upstream } from "./upstream.ts";

type Opening = Extract<Question, { ask: "open" }>;

export interface KeyCare {
  open(question: Opening): Promise<void>;
  /** The command that the session was entered by has returned. */
  left(session: string): void;
  state(): Pick<Answer, "connected" | "port" | "sessions">;
  close(): void;
}

interface Duty {
  say: (text: string) => void;
  signal: AbortSignal;
}

/** How long a new session waits for the connection. */
const CONNECT = 40_000;

export function careForKeys(ctx: Context, { say, signal }: Duty): KeyCare {
  const sessions = createSessions();
  const sweep = createSweep();
  let way: Promise<Way> | undefined;
  let tunnel: Tunnel | undefined;
  const close = (id: string) => {
    sessions.close(id);
    say(`session ${id} ended`);
  };
  const onSessions = (living: readonly string[]) => sweep.ended(sessions.ids(), living).forEach(close);
  /** Without a connection nobody can use them. */
  const onGivenUp = () => {
    sessions.ids().forEach(close);
    end();
  };
  const end = () => {
    void way?.then(
      (one) => one.close(),
      () => undefined,
    );
    way = tunnel = undefined;
  };
  return {
    open: async ({ session, placeholder, grants }) => {
      rememberSecrets([placeholder, ...Object.values(grants).map(({ value }) => value)]);
      sessions.open(session, placeholder, grants);
      say(`session ${session} begins`);
      try {
        way ??= openWay(ctx, { sessions, events: { onSessions, onGivenUp, say }, signal });
        tunnel = (await way).tunnel;
      } catch (error) {
        way = undefined;
        close(session);
        throw error;
      }
      if (!(await tunnel.settled(CONNECT))) close(session);
    },
    left: (session) => sweep.appeared(session),
    state: () => ({
      connected: tunnel?.connected() ?? false,
      port: tunnel?.port() ?? 0,
      sessions: sessions.ids().length,
    }),
    close: end,
  };
}

interface Way {
  tunnel: Tunnel;
  close(): void;
}

interface WayParts {
  sessions: ReturnType<typeof createSessions>;
  events: Parameters<typeof openTunnel>[1];
  signal: AbortSignal;
}

async function openWay(ctx: Context, { sessions, events, signal }: WayParts): Promise<Way> {
  const proxy = createCredentialProxy({
    providers: await loadProviders(ctx.programDir),
    sessions,
    ...(await upstream(ctx.env)),
    log: decisionLog(credentialsLog(ctx.paths)),
  });
  await listen(proxy, proxySocket(ctx.paths));
  const tunnel = openTunnel(ctx, events, signal);
  const close = () => {
    proxy.close();
    proxy.closeAllConnections();
  };
  return { tunnel, close };
}
