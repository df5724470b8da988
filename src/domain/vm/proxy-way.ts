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
  /** It stands, or another command's does. */
  ready: Promise<void>;
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
  const { ready, stands, stop } = keepForward(host, target, parts.socket);
  const close = async () => {
    await stop();
    relay.close();
    await rm(parts.socket, { force: true });
  };
  return { ready, stands, close };
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
  let input = new PassThrough();
  let stopped = false;
  let up = false;
  let wake = () => {};
  let told = () => {};
  const ready = new Promise<void>((resolve) => {
    told = resolve;
  });
  const onLine = (line: string) => {
    if (!saysUp(line)) return;
    up = true;
    told();
  };
  const once = async () => {
    input = new PassThrough();
    await run(argv, { input, ok: "any", onLine });
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
    input.end();
    wake();
    await end;
  };
  return { ready, stands: () => up, stop };
}
