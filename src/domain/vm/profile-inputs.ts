// What the profile's step reads: the VM's profile, and the public networks this host is part of.
import { networkInterfaces } from "node:os";
import type { GuestFile } from "../../adapters/sftp.ts";
import { publicNetworks } from "./host-networks.ts";
import { profileOf } from "./profile.ts";
import type { VmRecord } from "./record.ts";

export function profileFiles(record: VmRecord | undefined): GuestFile[] {
  const addresses = Object.values(networkInterfaces()).flatMap((list) =>
    (list ?? []).flatMap(({ internal, cidr }) => (internal || cidr === null ? [] : [cidr])),
  );
  const { four, six } = publicNetworks(addresses);
  const lines = (networks: readonly string[]) => networks.map((network) => `${network}\n`).join("");
  return [
    { path: "profile", content: profileOf(record) },
    { path: "host-networks4", content: lines(four) },
    { path: "host-networks6", content: lines(six) },
  ];
}
