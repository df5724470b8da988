// One way from the guest to this host's proxy: the relay on this host, and the reverse forward that leads to it.
import { rm } from "node:fs/promises";
import type { Server } from "node:net";
import { PassThrough } from "node:stream";
import type { Context } from "../../context.ts";
import type { RelayOptions } from "../../guard/proxy-relay.ts";
import { sshArgv, type Target } from "../../target.ts";
import { HOLD, saysUp } from "../keeper/hold-line.ts";
import type { Paths } from "../paths.ts";
import { profileOf } from "./profile.ts";
import { GUEST_PROXY_PORT } from "./proxy-inputs.ts";
import { permitFor } from "./proxy-permit.ts";
import { readRecord } from "./record.ts";

export interface ProxyWay {
  /** It stands, or another command's does, or nobody waits any longer. */
  ready: Promise<void>;
  /** The VM has said nothing until then. */
  silent(): boolean;
  /** The forward stands now. */
  stands(): boolean;
  close(): Promise<void>;
}

export interface WayParts extends Pick<RelayOptions, "upstream" | "log"> {
  /** Where the relay listens, in a directory that is the user's alone. */
  socket: string;
}

type Host = Pick<Context, "run" | "paths">;

/** The forward is made again, on the same address, whenever it is lost. */
export async function openProxyWay(host: Host, target: Target, parts: WayParts): Promise<ProxyWay> {
  const relay = await listen(host.paths, parts);
  const { ready, silent, stands, stop } = keepForward(host, target, parts.socket);
  const close = async () => {
    await stop();
    relay.close();
    await rm(parts.socket, { force: true });
  };
  return { ready, silent, stands, close };
}

/** Whatever it takes of `parts`, it takes anew for each request. */
async function listen(paths: Paths, parts: WayParts): Promise<Server> {
  const { proxyRelay } = await import("../../guard/proxy-relay.ts");
  const relay = proxyRelay({
    get upstream() {
      return parts.upstream;
    },
    // The profile may be another one by then.
    permit: async (name, port) => permitFor(profileOf(await readRecord(paths)))(name, port),
    log: parts.log,
  });
  await rm(parts.socket, { force: true });
  await new Promise<void>((resolve, reject) => {
    relay.once("error", reject);
    relay.listen(parts.socket, resolve);
  });
  return relay;
}

/** Milliseconds after which nobody waits any longer for a VM that lets us in and then says nothing. */
export const STANDS_LIMIT = 15_000;

/** Milliseconds that ssh gets to end by itself. */
const END_LIMIT = 3000;

export const SILENT_VM =
  "The VM's way to this host's proxy does not stand yet: the VM does not say that it does. See it with: agent-vm doctor";

/** Milliseconds before a lost forward, or one whose port another command holds, is tried again. */
const AGAIN = 3000;

function forwardArgv(target: Target, socket: string): string[] {
  const [ssh = "ssh", ...rest] = sshArgv(target, HOLD, { admin: true, ownConnection: true });
  // What ssh would take for a separator.
  const literal = socket.replace(/[\\:]/g, "\\$&");
  const options = ["-o", "ClearAllForwardings=no", "-o", "ExitOnForwardFailure=yes"];
  return [ssh, ...options, "-R", `127.0.0.1:${GUEST_PROXY_PORT}:${literal}`, ...rest];
}

/** One ssh process with the forward, made again when it ends. `ready`: it stands, or another command's does. */
function keepForward({ run }: Host, target: Target, socket: string) {
  const argv = forwardArgv(target, socket);
  const over = new AbortController();
  let input = new PassThrough();
  let stopped = false;
  let up = false;
  let wake = () => {};
  let silent = false;
  let told = () => {};
  const ready = new Promise<void>((resolve) => {
    const late = () => {
      silent = true;
      resolve();
    };
    const timer = setTimeout(late, STANDS_LIMIT);
    told = () => {
      clearTimeout(timer);
      resolve();
    };
  });
  const onLine = (line: string) => {
    if (!saysUp(line)) return;
    up = true;
    told();
  };
  const once = async () => {
    input = new PassThrough();
    await run(argv, { input, ok: "any", onLine, signal: over.signal });
  };
  const pause = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
      setTimeout(resolve, AGAIN).unref();
    });
  const loop = async () => {
    while (!stopped) {
      await once().catch(() => undefined);
      up = false;
      told();
      if (!stopped) await pause();
    }
  };
  const end = loop();
  const stop = async () => {
    stopped = true;
    told();
    input.end();
    wake();
    // A VM that keeps the session open keeps nobody here.
    const hard = setTimeout(() => over.abort(), END_LIMIT);
    await end;
    clearTimeout(hard);
  };
  return { ready, silent: () => silent, stands: () => up, stop };
}
