// The host's own public networks, as the guard in the guest gets them.
import { describe, expect, test } from "vitest";
import { publicNetworks } from "../../../../src/domain/vm/host-networks.ts";

describe("public networks", () => {
  test.each([
    ["192.0.2.7/24", "192.0.2.0/24"],
    ["8.8.130.9/17", "8.8.128.0/17"],
    ["198.51.100.3/32", "198.51.100.3/32"],
    ["172.32.0.1/16", "172.32.0.0/16"],
    ["223.255.255.254/8", "223.0.0.0/8"],
  ])("%s is part of %s", (address, network) => {
    expect(publicNetworks([address])).toEqual({ four: [network], six: [] });
  });

  test.each([
    ["2001:db8::1/64", "2001:db8:0:0:0:0:0:0/64"],
    ["2001:db8:1:2:a:b:c:d/64", "2001:db8:1:2:0:0:0:0/64"],
    ["2a00:1:2:ff00::5/60", "2a00:1:2:ff00:0:0:0:0/60"],
    ["2a00::/128", "2a00:0:0:0:0:0:0:0/128"],
  ])("%s is part of %s", (address, network) => {
    expect(publicNetworks([address])).toEqual({ four: [], six: [network] });
  });

  test.each([
    ...["10.1.2.3/8", "172.31.0.1/16", "192.168.5.2/24", "100.64.0.1/10", "169.254.1.1/16", "127.0.0.1/8"],
    ...["fe80::1/64", "fd00::2/64", "::1/128", "fec0::2/64"],
  ])("%s is known to the guard already", (address) => {
    expect(publicNetworks([address])).toEqual({ four: [], six: [] });
  });

  test.each([
    "0.0.0.1/1",
    "128.0.0.1/1",
    "2000::1/3",
    "8.8.8.8/33",
    "nonsense",
    "1.2.3/24",
    "2001:db8::g/64",
    "",
  ])("%s closes nothing", (address) => {
    expect(publicNetworks([address])).toEqual({ four: [], six: [] });
  });

  test("a second, temporary address of the same network changes nothing, and neither does the order", () => {
    const one = publicNetworks(["2a00:1::1/64", "192.0.2.1/24"]);
    expect(publicNetworks(["192.0.2.9/24", "2a00:1::abcd:1/64", "2a00:1::1/64"])).toEqual(one);
  });
});
