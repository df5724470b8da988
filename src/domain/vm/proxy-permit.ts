// Where a VM may go through this host's proxy: a guarded one to the internet alone.
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { isInner } from "../../guard/inner-address.ts";
import type { Profile } from "../profiles.ts";

type Resolve = (host: string) => Promise<readonly string[]>;

const resolveAll: Resolve = async (host) => (await lookup(host, { all: true })).map(({ address }) => address);

/** The web's, and those that anybody may listen on: not the mail and the shells of others, in this host's name. */
const permitted = (port: number): boolean => port === 80 || port === 443 || port >= 1024;

/**
 * A proxy that listens on this host, or in its network, could lead back into both. Addresses are judged by their
 * number, names by what this host resolves them to; a name that only the proxy can resolve is let through.
 */
export function permitFor(
  profile: Profile,
  resolve: Resolve = resolveAll,
): (host: string, port: number) => Promise<boolean> {
  if (profile === "open") return async () => true;
  return async (host, port) => {
    if (!permitted(port)) return false;
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
