// Whether the VM uses this host's proxy.
import { runScript } from "../../adapters/ssh.ts";
import type { Context } from "../../context.ts";
import { EXIT, ToolError, UserError } from "../../errors.ts";
import { rememberSecrets } from "../../guard/mask.ts";
import type { Target } from "../../target.ts";
import { type HostProxy, hostProxy } from "./host-proxy.ts";
import { type VmRecord, writeRecord } from "./record.ts";

/** Ends with 0 when one of the names answers without a proxy. */
const TRY_DIRECT = `
for host; do
  timeout 15 bash -c 'exec 3<>"/dev/tcp/$0/443"' "$host" 2>/dev/null && exit 0
done
exit 1
`;

/** The proxy of this host, its credentials hidden from now on in whatever is printed. */
export function knownProxy(ctx: Pick<Context, "env">): HostProxy | undefined {
  const proxy = hostProxy(ctx.env);
  if (proxy) rememberSecrets(proxy.secrets);
  return proxy;
}

/**
 * The record with what was decided, written when it changed. `booted`: the guest can be asked, and has just come up, so
 * that the network may be another one. Throws UserError (2) for `proxy: on` on a host without a proxy.
 */
export async function decideProxy(
  ctx: Context,
  record: VmRecord,
  booted: Target | undefined,
): Promise<VmRecord> {
  const host = knownProxy(ctx);
  const { proxy: mode } = ctx.settings;
  if (mode === "on" && host === undefined) {
    throw new UserError("The proxy is on, and this host's environment names none.", {
      hint: "Set https_proxy (http://host:port), or use --proxy off.",
      exit: EXIT.usage,
    });
  }
  const wanted = mode === "auto" ? await needed(ctx, { record, host, booted }) : mode === "on";
  const proxy = wanted ? { noProxy: host?.noProxy ?? record.proxy?.noProxy ?? [] } : undefined;
  if (JSON.stringify(proxy) === JSON.stringify(record.proxy)) return record;
  const { proxy: _before, ...rest } = record;
  const next: VmRecord = { ...rest, ...(proxy && { proxy }) };
  await writeRecord(ctx.paths, next);
  if (proxy) ctx.out.say("The VM reaches the internet through this host's proxy.");
  return next;
}

interface Question {
  record: VmRecord;
  host: HostProxy | undefined;
  booted: Target | undefined;
}

async function needed(ctx: Context, { record, host, booted }: Question): Promise<boolean> {
  if (!booted) return record.proxy !== undefined;
  if (!host) return false;
  const script = { text: TRY_DIRECT, args: ["registry.npmjs.org", "deb.debian.org"] };
  try {
    await runScript(ctx.run, booted, script, { admin: true, signal: ctx.signal });
    return false;
  } catch (error) {
    if (error instanceof ToolError) return true;
    throw error;
  }
}
