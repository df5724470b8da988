// The way from the guest to this host's proxy, for as long as a command works there.
import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import type { Server } from "node:net";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import type { Context } from "../../context.ts";
import { sshArgv, type Target } from "../../target.ts";
import type { HostProxy } from "./host-proxy.ts";
import { profileOf } from "./profile.ts";
import { knownProxy } from "./proxy.ts";
import { GUEST_PROXY_PORT } from "./proxy-inputs.ts";
import { permitFor } from "./proxy-permit.ts";
import { readRecord, type VmRecord } from "./record.ts";

/**
 * Runs `work` while the guest's port leads to this host's proxy, when the record says that the VM uses it. The proxy is
 * reached by a reverse forward, so the VM gets no key and no credentials; without a proxy on this host, just the work.
 */
export async function withProxy<Result>(
  ctx: Context,
  target: Target,
  work: () => Promise<Result>,
): Promise<Result> {
  const record = await readRecord(ctx.paths);
  const host = record?.proxy && knownProxy(ctx);
  if (!host) return work();
  const socket = join(ctx.paths.sockets, `proxy-${randomBytes(4).toString("hex")}`);
  const relay = await listen(ctx, { host, record, socket });
  const forward = keepForward(ctx, target, socket);
  try {
    await forward.ready;
    return await work();
  } finally {
    await forward.stop();
    relay.close();
    await rm(socket, { force: true });
  }
}

async function listen(
  ctx: Context,
  { host, record, socket }: { host: HostProxy; record: VmRecord | undefined; socket: string },
): Promise<Server> {
  const { proxyRelay } = await import("../../guard/proxy-relay.ts");
  const relay = proxyRelay({
    upstream: host,
    permit: permitFor(profileOf(record)),
    log: ({ host: name, port, method, end }) => ctx.out.detail(`proxy: ${method} ${name}:${port} ${end}`),
  });
  await new Promise<void>((resolve, reject) => {
    relay.once("error", reject);
    relay.listen(socket, resolve);
  });
  return relay;
}

/** Milliseconds before a lost forward, or one whose port another command holds, is tried again. */
const AGAIN = 3000;

/** Says that it stands, and ends with its input. */
const HOLD = "echo up; exec cat >/dev/null";

function forwardArgv(target: Target, socket: string): string[] {
  const [ssh = "ssh", ...rest] = sshArgv(target, ["sh", "-c", HOLD], { admin: true, ownConnection: true });
  // What ssh would take for a separator.
  const literal = socket.replace(/[\\:]/g, "\\$&");
  const options = ["-o", "ClearAllForwardings=no", "-o", "ExitOnForwardFailure=yes"];
  return [ssh, ...options, "-R", `127.0.0.1:${GUEST_PROXY_PORT}:${literal}`, ...rest];
}

/** One ssh process with the forward, made again when it ends. `ready`: it stands, or another command's does. */
function keepForward(ctx: Context, target: Target, socket: string) {
  const argv = forwardArgv(target, socket);
  let input = new PassThrough();
  let stopped = false;
  let wake = () => {};
  let told = () => {};
  const ready = new Promise<void>((resolve) => {
    told = resolve;
  });
  const once = async () => {
    input = new PassThrough();
    await ctx.run(argv, { input, ok: "any", onLine: (line) => line === "up" && told() });
  };
  const pause = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
      setTimeout(resolve, AGAIN).unref();
    });
  const loop = async () => {
    while (!stopped) {
      await once().catch(() => undefined);
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
  return { ready, stop };
}
