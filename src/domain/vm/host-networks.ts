// The networks this host is part of that are not private by their number. Pure.

/** Narrower than this many bits only: a tunnel's 0.0.0.0/1 would close the internet. */
const MIN_BITS = { 4: 8, 6: 32 } as const;

const PRIVATE_4 = ["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"].concat([
  "172.16.0.0/12",
  "192.168.0.0/16",
]);

/**
 * From addresses with prefix lengths ("192.0.2.7/24", "2001:db8::7/64") to networks in numeric form, each once and
 * sorted, so that a temporary address of the same network changes nothing. Private and link-local ones are left out:
 * the guard knows them.
 */
export function publicNetworks(addresses: readonly string[]): { four: string[]; six: string[] } {
  const four = new Set<string>();
  const six = new Set<string>();
  for (const address of addresses) {
    const [ip = "", length = ""] = address.split("/");
    const bits = Number(length);
    if (ip.includes(":")) {
      const network = network6(ip, bits);
      if (network !== undefined) six.add(network);
    } else {
      const network = network4(ip, bits);
      if (network !== undefined) four.add(network);
    }
  }
  return { four: [...four].sort(), six: [...six].sort() };
}

function network4(ip: string, bits: number): string | undefined {
  const number = number4(ip);
  if (number === undefined || !(bits >= MIN_BITS[4] && bits <= 32)) return undefined;
  if (PRIVATE_4.some((range) => inside4(number, range))) return undefined;
  const first = masked4(number, bits);
  return `${[24, 16, 8, 0].map((shift) => (first >>> shift) & 255).join(".")}/${bits}`;
}

const masked4 = (number: number, bits: number): number => (number & (~0 << (32 - bits))) >>> 0;

function inside4(number: number, range: string): boolean {
  const [ip = "", bits] = range.split("/");
  return masked4(number, Number(bits)) === number4(ip);
}

function number4(ip: string): number | undefined {
  const parts = ip.split(".").map(Number);
  if (parts.length !== 4 || parts.some((part) => !(part >= 0 && part <= 255))) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

function network6(ip: string, bits: number): string | undefined {
  const groups = groups6(ip);
  if (groups === undefined || !(bits >= MIN_BITS[6] && bits <= 128)) return undefined;
  // Outside of 2000::/3 nothing is the internet.
  if (((groups[0] ?? 0) & 0xe000) !== 0x2000) return undefined;
  const first = groups.map((group, index) => {
    const kept = Math.min(16, Math.max(0, bits - index * 16));
    return group & (0xffff << (16 - kept)) & 0xffff;
  });
  return `${first.map((group) => group.toString(16)).join(":")}/${bits}`;
}

function groups6(ip: string): number[] | undefined {
  const [head = "", tail] = ip.split("::");
  const list = (text: string) =>
    text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
  const left = list(head);
  const right = tail === undefined ? [] : list(tail);
  const missing = tail === undefined ? 0 : 8 - left.length - right.length;
  const groups = [...left, ...new Array<number>(Math.max(0, missing)).fill(0), ...right];
  return groups.length === 8 && groups.every((group) => group >= 0 && group <= 0xffff) ? groups : undefined;
}
