// What was seen of the host, as data for the rules that say what is missing. Pure.
import type { Version } from "./version.ts";

export interface HostFacts {
  platform: NodeJS.Platform;
  arch: NodeJS.Architecture;
  /** From /etc/os-release; empty strings where it says nothing. */
  os: { id: string; like: readonly string[]; version: string; codename: string };
  /** The caller's uid and name. */
  uid: number;
  user: string;
  /** Programs found, by name. */
  programs: ReadonlySet<string>;
  /** Firmware for images that bring their own boot loader. */
  firmware: boolean;
  /** Debian's archive keys, for building an image. */
  debianKeys: boolean;
  /** A certificate store, for Go's downloads. */
  certificates: boolean;
  qemu: Version | undefined;
  kvm: boolean;
  limactl: boolean;
  /** A Go that can build limactl. */
  go: boolean;
  /** As root: the account that runs limactl and its directories. True for ordinary users. */
  account: boolean;
  directories: boolean;
  /** A group that the system account must join to open /dev/kvm. */
  kvmGroup: string | undefined;
  /** Ranges of an ordinary user's subordinate ids, and the first free one. */
  subordinate: { present: boolean; next: number };
  /** apt knows bookworm-backports already. */
  backports: boolean;
}

export interface Wants {
  /** An image will be built on this host. */
  imageBuild: boolean;
}

/** Which package manager is used; undefined where the list is printed for doing it by hand. */
export function packageManager(facts: HostFacts): "apt" | "brew" | undefined {
  if (facts.platform === "darwin") return facts.programs.has("brew") ? "brew" : undefined;
  const family = [facts.os.id, ...facts.os.like];
  const debian = family.includes("debian") || family.includes("ubuntu");
  return debian && facts.programs.has("apt-get") ? "apt" : undefined;
}

export const isBookworm = (facts: HostFacts): boolean =>
  facts.os.id === "debian" && facts.os.codename === "bookworm";

/** The fields of an os-release file: NAME=value, the value perhaps quoted. */
export function parseOsRelease(text: string): HostFacts["os"] {
  const fields = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(line) ?? [];
    if (name && value !== undefined) fields.set(name, value.replace(/^(["'])(.*)\1$/, "$2"));
  }
  const field = (name: string) => fields.get(name) ?? "";
  return {
    id: field("ID"),
    like: field("ID_LIKE").split(" ").filter(Boolean),
    version: field("VERSION_ID"),
    codename: field("VERSION_CODENAME"),
  };
}

/** The first id after every range in /etc/subuid and /etc/subgid, and whether the user has a range in both. */
export function parseSubordinate(
  files: readonly string[],
  who: { user: string; uid: number },
): HostFacts["subordinate"] {
  let next = 100_000;
  const present = files.map((text) => {
    let own = false;
    for (const line of text.split("\n")) {
      const [name, start, count] = line.split(":");
      if (!name || !start || !count) continue;
      next = Math.max(next, Number(start) + Number(count));
      own ||= (name === who.user || name === String(who.uid)) && Number(count) >= 65_536;
    }
    return own;
  });
  return { present: present.every(Boolean), next };
}
