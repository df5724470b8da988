// A guarded VM's agent tries the host, its networks and the metadata service: the profile's real table in the network of
// a guest. In a real VM tests/e2e/profile.test.ts tries the same.
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Attack, attack } from "./attacks.ts";
import { type Account, createGuestNetwork, type GuestNetwork, whyNoNetwork } from "./guest-network.ts";

const reason = whyNoNetwork();
let network: GuestNetwork;
beforeAll(async () => {
  if (reason === undefined) network = await createGuestNetwork();
});
afterAll(() => network?.remove());

if (reason !== undefined) test.skip(`namespaces of an ordinary user: ${reason}`, () => undefined);
const attackHere = (name: string, what: Attack) => reason === undefined && attack(name, what);

const answered = (address: string) =>
  `exec 3<>/dev/tcp/${address}/8080; read -r -t 5 line <&3; [ "$line" = outside ]`;

/** Plays a command with the table in force or not. */
const play =
  (command: string, { account = "agent", extra = "" }: { account?: Account; extra?: string } = {}) =>
  async (guarded: boolean): Promise<boolean> => {
    await network.guard(guarded);
    return network.does(account, command, extra);
  };

const CLOSED = "the guest's firewall";
for (const [name, address] of [
  ["the host's loopback", "192.168.5.2"],
  ["the host's loopback as an IPv4-mapped address", "::ffff:192.168.5.2"],
  ["the host's loopback over IPv6", "fec0::2"],
  ["the host's link-local address", "fe80::2%guest0"],
  ["the host's loopback through a NAT64 address", "64:ff9b::c0a8:502"],
  ["a computer of the LAN", "10.77.0.2"],
  ["a computer of the LAN over IPv6", "fd00::2"],
  ["the cloud's metadata service", "169.254.169.254"],
  ["a carrier's shared range", "100.64.0.2"],
  ["a public network that the host is part of", "198.51.100.7"],
] as const) {
  attackHere(`${name} is reached`, { guard: CLOSED, play: play(answered(address)) });
}

attackHere("the LAN is reached by a container's account", {
  guard: "closed to every account but the named ones",
  play: play(answered("10.77.0.2"), { account: "container" }),
});

attackHere("the LAN is reached by a container whose packets the guest routes", {
  guard: "what is routed is held against the same networks",
  play: play(`nsenter --target $CONTAINER --net bash -c '${answered("10.77.0.2")}'`, { account: "root" }),
});

/** Asks by a socket that is made so, and waits for the answer on port 8081. */
const perl = (make: string, to: string) =>
  `perl -MSocket -MIO::Socket::INET -e '
    my $in = IO::Socket::INET->new(Proto => "udp", LocalPort => 8081, ReuseAddr => 1) or exit 1;
    ${make}
    ${to}
    my $bits = ""; vec($bits, fileno($in), 1) = 1;
    select($bits, undef, undef, 2) or exit 1;
    $in->recv(my $line, 100); exit($line eq "outside\\n" ? 0 : 1);'`;

attackHere("the host is reached over UDP", {
  guard: CLOSED,
  play: play(perl("", 'send($in, "hello", 0, pack_sockaddr_in(8080, inet_aton("192.168.5.2"))) or exit 1;')),
});

attackHere("a broadcast reaches the host", {
  guard: CLOSED,
  play: play(
    perl(
      "$in->sockopt(SO_BROADCAST, 1);",
      'send($in, "hello", 0, pack_sockaddr_in(8080, inet_aton("255.255.255.255"))) or exit 1;',
    ),
  ),
});

/** A UDP head by hand, without a checksum. */
const UDP = 'my $udp = pack("nnnn", 8081, 8080, 13, 0) . "hello";';
const RAW = "--inh-caps +net_raw --ambient-caps +net_raw";

attackHere("a packet that a program wrote by itself leaves for the host", {
  guard: CLOSED,
  play: play(
    perl(
      `${UDP} socket(my $raw, AF_INET, SOCK_RAW, 17) or exit 1;`,
      'send($raw, $udp, 0, pack_sockaddr_in(0, inet_aton("192.168.5.2"))) or exit 1;',
    ),
    { extra: RAW },
  ),
});

/** Below the firewall: a frame on the wire, which asks for the right to write one. */
const FRAME = perl(
  `${UDP} socket(my $wire, 17, SOCK_DGRAM, unpack("S", pack("n", 0x800))) or exit 1;
   my $index = ioctl_index();
   sub ioctl_index { my $ask = pack("Z16 i x20", "guest0", 0); ioctl($in, 0x8933, $ask) or exit 1; return (unpack("Z16 i", $ask))[1]; }`,
  `my $head = pack("CCnnnCCna4a4", 0x45, 0, 33, 1, 0, 64, 17, 0, inet_aton("192.168.5.15"), inet_aton("192.168.5.2"));
   my $sum = 0; $sum += $_ for unpack("n*", $head); $sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
   substr($head, 10, 2) = pack("n", ~$sum & 0xffff);
   send($wire, $head . $udp, 0, pack("SnlSCCa8", 17, 0x800, $index, 0, 0, 6, "\\xff" x 6)) or exit 1;`,
);
attackHere("a frame is written on the wire, below the firewall", {
  guard: "the agent's account has no right to",
  play: async (guarded) => {
    await network.guard(true);
    return network.does("agent", FRAME, guarded ? "" : RAW);
  },
});

const FLUSHES = [
  "nft flush ruleset",
  "nft delete table inet agent_vm",
  "unshare --user --map-root-user nft flush ruleset",
  "unshare --user --map-root-user --net nft flush ruleset",
  "unshare --user --map-root-user ip link set guest0 down",
].map((line) => `PATH=$PATH:/usr/sbin:/sbin ${line}`);
attackHere("the agent takes the firewall away", {
  guard: "the agent's account has no root",
  play: async (guarded) => {
    await network.guard(true);
    // Without the guard the account has sudo, as in the profile "open".
    for (const line of guarded ? FLUSHES : FLUSHES.slice(0, 1))
      await network.does(guarded ? "agent" : "root", line);
    return network.does("agent", answered("192.168.5.2"));
  },
});

test.skipIf(reason !== undefined)("the internet stays open, and to the administrator all", async () => {
  await network.guard(true);
  for (const address of ["1.1.1.1", "2606:4700::1111"])
    expect([address, await network.does("agent", answered(address))]).toEqual([address, true]);
  for (const account of ["root", "vmadmin"] as const)
    expect([account, await network.does(account, answered("192.168.5.2"))]).toEqual([account, true]);
});
