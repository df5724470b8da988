// The keeper's own connection into the VM: brings the proxy there, says which sessions live, and is made again when lost.
import { randomInt } from "node:crypto";
import { PassThrough, Writable } from "node:stream";
import type { Context } from "../../context.ts";
import { remoteLine } from "../../target.ts";
import { WATCH } from "../session/guest.ts";
import { targetFor } from "../vm/ssh-config.ts";
import { pause } from "./pause.ts";
import { proxySocket } from "./record.ts";

export interface Tunnel {
  connected(): boolean;
  port(): number;
  /** Resolves when it is connected, or after that many milliseconds: true when it is. */
  settled(milliseconds: number): Promise<boolean>;
}

type Host = Pick<Context, "run" | "paths">;

export interface TunnelEvents {
  /** Ids of the sessions that live in the VM, as the VM says. */
  onSessions: (ids: readonly string[]) => void;
  /** It could not be made for an hour of the host's being awake. */
  onGivenUp: () => void;
  say: (text: string) => void;
}

/** Milliseconds between questions for the living sessions. */
const SWEEP = 5000;
const BACKOFF = [200, 500, 1000, 2000, 5000, 10_000, 30_000] as const;
const MAX_FAILURES = 120;
const MAX_LINE = 64 * 1024;

/** Ports that nothing usual listens on; one of them for the keeper's whole life, because sessions have noted it. */
const somePort = (): number => randomInt(21_000, 28_000);

export function openTunnel(host: Host, events: TunnelEvents, signal: AbortSignal): Tunnel {
  let port = somePort();
  let connected = false;
  let ever = false;
  const waiting = new Set<() => void>();
  const onReady = () => {
    connected = ever = true;
    events.say(`connected, port ${port}`);
    for (const wake of waiting) wake();
  };
  const keep = async () => {
    for (let failures = 0; !signal.aborted && failures < MAX_FAILURES; failures++) {
      const code = await connection(host, port, { ...events, onReady }, signal);
      if (connected) failures = 0;
      connected = false;
      if (signal.aborted) return;
      events.say(`the connection ended (${code})`);
      // Perhaps somebody has the port; once sessions know it, it is waited for.
      if (!ever) port = somePort();
      await pause(BACKOFF[Math.min(failures, BACKOFF.length - 1)] ?? SWEEP, signal);
    }
    if (!signal.aborted) events.onGivenUp();
  };
  void keep();
  return {
    connected: () => connected,
    port: () => port,
    settled: async (milliseconds) => {
      if (connected) return true;
      await new Promise<void>((resolve) => {
        waiting.add(resolve);
        setTimeout(resolve, milliseconds).unref();
      });
      return connected;
    },
  };
}

/** `-R 127.0.0.1:PORT:SOCKET`; the socket's path with what ssh would take for a separator made literal. */
const forwarding = (port: number, socket: string): string =>
  `127.0.0.1:${port}:${socket.replace(/[\\:]/g, "\\$&")}`;

/** One connection until it ends; its exit code. It ends with us: the guest's script reads from our pipe. */
async function connection(
  { run, paths }: Host,
  port: number,
  events: TunnelEvents & { onReady: () => void },
  signal: AbortSignal,
): Promise<number> {
  const target = targetFor(paths);
  const options = [
    "ControlMaster=no",
    "ControlPath=none",
    "ClearAllForwardings=no",
    "ExitOnForwardFailure=yes",
  ];
  const argv = [
    ...["ssh", "-F", target.configFile, "-T", ...options.flatMap((option) => ["-o", option])],
    ...["-R", forwarding(port, proxySocket(paths)), "--", target.alias, remoteLine(["sh", "-c", WATCH])],
  ];
  const questions = new PassThrough();
  const asking = setInterval(() => questions.write("\n"), SWEEP);
  try {
    const into = lines((line) => {
      if (line === "ready") events.onReady();
      else events.onSessions(line.split(" ").filter((id) => /^[0-9a-f]{16}$/.test(id)));
    });
    const { code } = await run(argv, { input: questions, into, ok: "any", signal, maxKept: MAX_LINE });
    return code;
  } catch {
    return -1;
  } finally {
    clearInterval(asking);
    questions.destroy();
  }
}

/** A stream that gives whole lines and breaks on one that is too long: the VM decides what comes. */
function lines(take: (line: string) => void): Writable {
  let rest = "";
  return new Writable({
    write: (bytes: Buffer, _encoding, done) => {
      const pieces = (rest + bytes.toString("latin1")).split("\n");
      rest = pieces.pop() ?? "";
      for (const piece of pieces) take(piece);
      done(rest.length > MAX_LINE ? new Error("the VM sends too much") : null);
    },
  });
}
