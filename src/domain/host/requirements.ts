// What this host needs and has not. Pure.
import { qemuSystem } from "../../adapters/qemu.ts";
import { type HostFacts, isBookworm, packageManager, type Wants } from "./facts.ts";
import { atLeast, QEMU_MINIMUM } from "./version.ts";

export type Need =
  | "qemu"
  | "qemu-img"
  | "firmware"
  | "sshfs"
  | "fuse"
  | "ssh"
  | "git"
  | "certificates"
  | "go"
  | "limactl"
  | "mmdebstrap"
  | "mkfs"
  | "uidmap"
  | "debian-keys"
  | "subordinate-ids"
  | "account"
  | "directories"
  | "kvm-group";

export interface Missing {
  need: Need;
  /** What it is, as a user would call it. */
  what: string;
}

const LINUX: Record<Need, { what: string; missing: (facts: HostFacts, wants: Wants) => boolean }> = {
  qemu: {
    what: "QEMU 8 or newer",
    missing: (facts) => !hasProgram(facts, qemuSystem(facts.arch)) || tooOld(facts),
  },
  "qemu-img": { what: "qemu-img", missing: (facts) => !hasProgram(facts, "qemu-img") },
  firmware: { what: "UEFI firmware for QEMU", missing: (facts) => !facts.firmware },
  sshfs: { what: "sshfs", missing: (facts) => !hasProgram(facts, "sshfs") },
  fuse: { what: "fusermount3", missing: (facts) => !hasProgram(facts, "fusermount3") },
  ssh: { what: "the OpenSSH client", missing: (facts) => !hasProgram(facts, "ssh", "ssh-keygen") },
  git: { what: "git", missing: (facts) => !hasProgram(facts, "git") },
  mmdebstrap: {
    what: "mmdebstrap",
    missing: (facts, wants) => wants.imageBuild && !hasProgram(facts, "mmdebstrap"),
  },
  mkfs: { what: "mkfs.ext4", missing: (facts, wants) => wants.imageBuild && !hasProgram(facts, "mkfs.ext4") },
  "debian-keys": {
    what: "the keys of Debian's archive",
    missing: (facts, wants) => wants.imageBuild && !facts.debianKeys,
  },
  uidmap: {
    what: "newuidmap",
    missing: (facts, wants) => unprivileged(facts, wants) && !hasProgram(facts, "newuidmap"),
  },
  certificates: {
    what: "certificates for downloads",
    missing: (facts) => buildsLimactl(facts) && !facts.certificates,
  },
  go: { what: "Go, to build limactl with", missing: (facts) => buildsLimactl(facts) && !facts.go },
  account: {
    what: "the system account agent-vm, because limactl refuses root",
    missing: (facts) => !facts.account,
  },
  directories: { what: "the directories of that account", missing: (facts) => !facts.directories },
  "kvm-group": {
    what: "that account's access to /dev/kvm",
    missing: (facts) => facts.kvmGroup !== undefined,
  },
  "subordinate-ids": {
    what: "subordinate uids and gids, to build an image with",
    missing: (facts, wants) => unprivileged(facts, wants) && !facts.subordinate.present,
  },
  limactl: { what: "limactl 2.1.3 or newer", missing: (facts) => !facts.limactl },
};

/** On macOS the hypervisor, ssh and fuse are Apple's or macFUSE's; the VM runs under vz. */
const MACOS: readonly Need[] = ["limactl", "sshfs", "ssh", "git"];

/** In the order in which they are obtained. */
export function missingOn(facts: HostFacts, wants: Wants): Missing[] {
  const all = Object.entries(LINUX) as [Need, (typeof LINUX)[Need]][];
  return all
    .filter(([need]) => facts.platform !== "darwin" || MACOS.includes(need))
    .filter(([, { missing }]) => missing(facts, wants))
    .map(([need, { what }]) => ({ need, what }));
}

const hasProgram = (facts: HostFacts, ...names: readonly string[]) =>
  names.every((name) => facts.programs.has(name));

/** An old QEMU does under KVM. */
const tooOld = (facts: HostFacts) =>
  !facts.kvm && !(facts.qemu !== undefined && atLeast(facts.qemu, QEMU_MINIMUM));

const unprivileged = (facts: HostFacts, wants: Wants) => wants.imageBuild && facts.uid !== 0;

/** Homebrew refuses root. */
export const brewsLimactl = (facts: HostFacts): boolean => facts.programs.has("brew") && facts.uid !== 0;

const buildsLimactl = (facts: HostFacts) =>
  !facts.limactl && !brewsLimactl(facts) && facts.platform !== "darwin";

/** True when the packages of this need must come from Debian 12's backports: what the release has is too old. */
export const fromBackports = (facts: HostFacts, need: Need): boolean =>
  packageManager(facts) === "apt" && isBookworm(facts) && ["qemu", "qemu-img", "go"].includes(need);
