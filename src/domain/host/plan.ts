// How each missing thing is obtained, as ordered steps that can be shown before they are done. Pure.
import { type HostFacts, packageManager, type Wants } from "./facts.ts";
import { brewsLimactl, fromBackports, type Missing, missingOn, type Need } from "./requirements.ts";
import { LIMACTL_WANTED } from "./version.ts";

export type SetupStep =
  | { kind: "packages"; names: readonly string[]; release?: string }
  | { kind: "backports" }
  | { kind: "account" }
  | { kind: "directories" }
  | { kind: "kvm-group"; group: string }
  | { kind: "subordinate-ids"; user: string; first: number }
  | { kind: "brew"; names: readonly string[] }
  | { kind: "limactl" };

export interface Plan {
  missing: readonly Missing[];
  steps: readonly SetupStep[];
  /** What no step can obtain here. */
  byHand: readonly Missing[];
}

const BACKPORTS = "bookworm-backports";

export function planFor(facts: HostFacts, wants: Wants): Plan {
  const missing = missingOn(facts, wants);
  const needs = new Set(missing.map(({ need }) => need));
  const apt = packageManager(facts) === "apt";
  const packaged = apt ? missing.filter(({ need }) => packagesFor(need, facts).length > 0) : [];
  const [old, ordinary] = [true, false].map((backport) =>
    packaged.filter(({ need }) => fromBackports(facts, need) === backport),
  ) as [Missing[], Missing[]];
  const names = (list: readonly Missing[]) => [
    ...new Set(list.flatMap(({ need }) => packagesFor(need, facts))),
  ];
  const steps: SetupStep[] = [];
  if (old.length > 0 && !facts.backports) steps.push({ kind: "backports" });
  if (ordinary.length > 0) steps.push({ kind: "packages", names: names(ordinary) });
  if (old.length > 0) steps.push({ kind: "packages", names: names(old), release: BACKPORTS });
  if (needs.has("account")) steps.push({ kind: "account" });
  if (needs.has("directories")) steps.push({ kind: "directories" });
  if (facts.kvmGroup !== undefined && needs.has("kvm-group")) {
    steps.push({ kind: "kvm-group", group: facts.kvmGroup });
  }
  if (needs.has("subordinate-ids")) {
    steps.push({ kind: "subordinate-ids", user: facts.user, first: facts.subordinate.next });
  }
  if (needs.has("limactl") && brewsLimactl(facts)) steps.push({ kind: "brew", names: ["lima"] });
  else if (needs.has("limactl") && (facts.go || apt)) steps.push({ kind: "limactl" });
  const done = new Set<Need>([...packaged.map(({ need }) => need), ...solved(steps)]);
  return { missing, steps, byHand: missing.filter(({ need }) => !done.has(need)) };
}

function solved(steps: readonly SetupStep[]): Need[] {
  return steps.flatMap(({ kind }): Need[] => {
    if (kind === "brew") return ["limactl"];
    return kind === "packages" || kind === "backports" ? [] : [kind];
  });
}

/** Debian's and Ubuntu's packages for a need; none where a package does not help. */
function packagesFor(need: Need, facts: HostFacts): readonly string[] {
  const arm = facts.arch === "arm64";
  const packages: Partial<Record<Need, readonly string[]>> = {
    qemu: [arm ? "qemu-system-arm" : "qemu-system-x86"],
    "qemu-img": ["qemu-utils"],
    firmware: [arm ? "qemu-efi-aarch64" : "ovmf"],
    sshfs: ["sshfs"],
    fuse: ["fuse3"],
    ssh: ["openssh-client"],
    git: ["git"],
    mmdebstrap: ["mmdebstrap"],
    mkfs: ["e2fsprogs"],
    uidmap: ["uidmap"],
    "debian-keys": ["debian-archive-keyring"],
    certificates: ["ca-certificates"],
    go: ["golang-go"],
  };
  return packages[need] ?? [];
}

/** One line on what a step will do, for the question and the log. */
export function describeStep(step: SetupStep): string {
  switch (step.kind) {
    case "packages":
      return `install ${step.release ? `from ${step.release}: ` : ""}${step.names.join(" ")}`;
    case "backports":
      return `add Debian's ${BACKPORTS} to apt's sources`;
    case "account":
      return "make the system account agent-vm";
    case "directories":
      return "make the directories of the account agent-vm";
    case "kvm-group":
      return `add the account agent-vm to the group ${step.group}`;
    case "subordinate-ids":
      return `give ${step.user} subordinate uids and gids`;
    case "brew":
      return `brew install ${step.names.join(" ")}`;
    case "limactl":
      return `build limactl ${LIMACTL_WANTED} from its Go module`;
  }
}
