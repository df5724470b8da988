// The profiles: what the agent's account may do in the VM, and the words for it. Pure.
import { EXIT, UserError } from "../../errors.ts";
import type { Profile } from "../profiles.ts";
import type { VmRecord } from "./record.ts";

/** What a VM's record says; one made before there were profiles is guarded. */
export const profileOf = (record: Pick<VmRecord, "profile"> | undefined): Profile =>
  record?.profile ?? "guarded";

/** The profile, or UserError (2) for one that has a name and no work behind it yet. */
export function availableProfile(name: Profile): Profile {
  if (name !== "locked") return name;
  throw new UserError('The profile "locked" does not exist yet: only an allowlist would be reachable.', {
    hint: "Use guarded (the default); it closes the host and its networks and leaves the internet open.",
    exit: EXIT.usage,
  });
}

/** What each profile means, one line a point. */
export const MEANING: Record<Exclude<Profile, "locked">, readonly string[]> = {
  guarded: [
    "the agent has no sudo and no root",
    "your host, its networks and metadata addresses are closed to it (IPv4 and IPv6), also from its containers",
    "the internet and name resolution are open; containers run rootless",
  ],
  open: [
    "the agent is root in the VM: sudo without a password, Docker as root",
    "it reaches whatever your host reaches: services on the host's loopback, your local network, metadata addresses",
    "as root it can change everything in the VM, this tool's settings there included",
  ],
};

/** What is given up, in one sentence, or undefined when nothing is. */
export function givenUp(record: Pick<VmRecord, "profile" | "hadRoot"> | undefined): string | undefined {
  if (profileOf(record) === "open") {
    return "Profile open: the agent is root in the VM, and reaches your host's loopback and local network.";
  }
  if (!record?.hadRoot) return undefined;
  return "Profile guarded, but the agent was root in this VM before: what it changed then cannot be known. Only a fresh VM is surely guarded (destroy, start).";
}

export interface ShownProfile {
  profile: Profile;
  /** False when there is no VM: it is what a new one would get. */
  chosen: boolean;
  meaning: readonly string[];
  warning?: string;
}

export function showProfile(record: VmRecord | undefined, setting: Profile): ShownProfile {
  const profile = record ? profileOf(record) : setting;
  const warning = record && givenUp(record);
  return {
    profile,
    chosen: record !== undefined,
    meaning: points(profile),
    ...(warning !== undefined && { warning }),
  };
}

const points = (name: Profile): readonly string[] => (name === "locked" ? [] : MEANING[name]);

/** What changes from one profile to the other, one line each. */
export function switchLines(before: Profile, after: Profile): string[] {
  return [
    `now, ${before}:`,
    ...points(before).map((line) => `  - ${line}`),
    `then, ${after}:`,
    ...points(after).map((line) => `  - ${line}`),
  ];
}
