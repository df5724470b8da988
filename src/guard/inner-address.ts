// Which addresses are not the internet: what a guarded VM must not reach, also not through a proxy.
import { BlockList, isIP } from "node:net";

// Two lists: a single one would hold IPv4 addresses against the IPv6 ranges, too, as ::ffff:… within ::/3.
const INNER = { four: new BlockList(), six: new BlockList() };
for (const range of ["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"].concat([
  ...["172.16.0.0/12", "192.0.0.0/24", "192.88.99.0/24", "192.168.0.0/16", "224.0.0.0/3"],
])) {
  const [network = "", bits] = range.split("/");
  INNER.four.addSubnet(network, Number(bits), "ipv4");
}
for (const range of ["::/3", "2001::/23", "2002::/16", "4000::/2", "8000::/1"]) {
  const [network = "", bits] = range.split("/");
  INNER.six.addSubnet(network, Number(bits), "ipv6");
}

/** True for loopback, private, link-local, shared, multicast and reserved addresses, and for what is no address. */
export function isInner(address: string): boolean {
  const version = isIP(address);
  if (version === 0) return true;
  return version === 4 ? INNER.four.check(address, "ipv4") : INNER.six.check(address, "ipv6");
}
