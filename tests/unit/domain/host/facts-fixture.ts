// A Debian 13 host on which everything is installed, to be changed by tests.
import type { HostFacts } from "../../../../src/domain/host/facts.ts";

export const READY: HostFacts = {
  platform: "linux",
  arch: "x64",
  os: { id: "debian", like: [], version: "13", codename: "trixie" },
  uid: 1000,
  user: "dev",
  programs: new Set([
    ...["qemu-system-x86_64", "qemu-img", "sshfs", "fusermount3", "ssh", "ssh-keygen", "git", "apt-get"],
    ...["mmdebstrap", "mkfs.ext4", "newuidmap"],
  ]),
  firmware: true,
  debianKeys: true,
  certificates: true,
  qemu: [10, 0, 2],
  kvm: false,
  limactl: true,
  go: true,
  account: true,
  directories: true,
  kvmGroup: undefined,
  subordinate: { present: true, next: 165_536 },
  backports: false,
};

/** The same host with nothing of ours: only git and apt. */
export const BARE: HostFacts = {
  ...READY,
  programs: new Set(["git", "apt-get"]),
  firmware: false,
  debianKeys: false,
  qemu: undefined,
  limactl: false,
  go: false,
  subordinate: { present: false, next: 100_000 },
};
