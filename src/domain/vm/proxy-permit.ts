// Where a VM may go through this host's proxy: a guarded one to the internet alone.
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { isInner } from "../../guard/inner-address.ts";
import type { Profile } from "../profiles.ts";

type Resolve = (host: string) => Promise<readonly string[]>;

const resolveAll: Resolve = async (host) => (await lookup(host, { all: true })).map(({ address }) => address);

/**
 * A proxy that listens on this host, or in its network, could lead back into both. Addresses are judged by their
 * number, names by what this host resolves them to; a name that only the proxy can resolve is let through.
 */
export function permitFor(
  profile: Profile,
  resolve: Resolve = resolveAll,
): (host: string) => Promise<boolean> {
  if (profile === "open") return async () => true;
  return async (host) => {
    if (isIP(host) !== 0) return !isInner(host);
    // "localhost", names of the inner network, and numbers in forms that some programs take for addresses.
    const labels = host.replace(/\.$/, "").split(".");
    const last = labels.at(-1) ?? "";
    if (labels.length < 2 || /^(localhost|local|internal|lan|home|corp|intranet)$/.test(last)) return false;
    if (/^(0x[0-9a-f]*|[0-9]*)$/.test(last)) return false;
    const addresses = await resolve(host).catch(() => []);
    return !addresses.some(isInner);
  };
}
