// The way from the guest to this host's proxy, for as long as a command works there and what it begins goes on.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Context } from "../../context.ts";
import type { Target } from "../../target.ts";
import type { HostProxy } from "./host-proxy.ts";
import { knownProxy } from "./proxy.ts";
import { readRecord } from "./record.ts";

export interface ProxyUse {
  /** What is begun may outlive this command: the keeper is to hold the way for it. */
  lasting?: boolean;
}

/**
 * Runs `work` while the guest's port leads to this host's proxy, when the record says that the VM uses it. The proxy is
 * reached by a reverse forward, so the VM gets no key and no credentials; without a proxy on this host, just the work.
 */
export async function withProxy<Result>(
  ctx: Context,
  target: Target,
  work: () => Promise<Result>,
  { lasting = false }: ProxyUse = {},
): Promise<Result> {
  const record = await readRecord(ctx.paths);
  const host = record?.proxy && knownProxy(ctx);
  if (!host) return work();
  if (await keeperHolds(ctx, host, lasting)) return work();
  const { openProxyWay, SILENT_VM } = await import("./proxy-way.ts");
  const way = await openProxyWay(ctx, target, {
    upstream: host,
    socket: join(ctx.paths.sockets, `proxy-${randomBytes(4).toString("hex")}`),
    log: ({ host: name, port, method, end }) => ctx.out.detail(`proxy: ${method} ${name}:${port} ${end}`),
  });
  try {
    await way.ready;
    if (way.silent()) ctx.out.warn(SILENT_VM);
    return await work();
  } finally {
    await way.close();
  }
}

/** One that is there holds it for everybody, so that nobody waits for the guest's one port. */
async function keeperHolds(ctx: Context, host: HostProxy, lasting: boolean): Promise<boolean> {
  const { holdProxy } = await import("../keeper/hold-proxy.ts");
  const held = await holdProxy(ctx, host, lasting);
  if (lasting && !held)
    ctx.out.warn("The VM's way to this host's proxy ends with this command: no keeper holds it.");
  return held;
}
