// Ports as they are typed: "3000", or "8080:3000" for another one on the host. Pure.
import { EXIT, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";

export interface PortPair {
  /** The port on this host's loopback. */
  host: number;
  /** The port in the VM. */
  guest: number;
}

const HIGHEST = 65_535;

/** The host's side first, then the VM's. Throws UserError (2). */
export function parsePorts(text: string): PortPair {
  const [, first = "", second = first] = /^(\d{1,5})(?::(\d{1,5}))?$/.exec(text) ?? [];
  const [host, guest] = [Number(first), Number(second)];
  if (first !== "" && isPort(host) && isPort(guest)) return { host, guest };
  throw new UserError(`"${sanitize(text, 40)}" is no port.`, {
    hint: "Write PORT, or HOST-PORT:VM-PORT, each from 1 to 65535: 3000 or 8080:3000",
    exit: EXIT.usage,
  });
}

/** Several of them. Throws UserError (2) also for a port of the host that stands twice. */
export function parseEachPort(texts: readonly string[]): PortPair[] {
  const pairs = texts.map(parsePorts);
  const twice = pairs.find(({ host }, at) => pairs.findIndex((other) => other.host === host) < at);
  if (twice === undefined) return pairs;
  throw new UserError(`Port ${twice.host} of this host is named twice.`, {
    hint: "Name a host port once; another one for the same port of the VM: HOST-PORT:VM-PORT",
    exit: EXIT.usage,
  });
}

export const isPort = (number: number): boolean =>
  Number.isInteger(number) && number >= 1 && number <= HIGHEST;
