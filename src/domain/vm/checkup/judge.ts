// From what was found out in the guest to checks with a verdict and a remedy. Pure.
import type { Check } from "../../host/doctor.ts";
import { givenUp, profileOf } from "../profile.ts";
import type { VmRecord } from "../record.ts";
import type { Door } from "./doors.ts";
import { MODELS, SOURCES } from "./endpoints.ts";
import type { Facts } from "./facts.ts";

export interface Case {
  facts: Facts;
  record: VmRecord | undefined;
  doors: readonly Pick<Door, "name" | "title">[];
  /** Doors through which something came to this host. */
  arrived: ReadonlySet<string>;
  /** Seconds; positive when the guest's clock is ahead. */
  drift: number;
  /** Names of steps that are due, as the agent's account says. */
  due: readonly string[];
  /** vmadmin has said that these very steps are done. */
  vouched: boolean;
}

const MAX_DRIFT = 2;
const GIB = 1024 * 1024;
/** KiB and inodes. */
const MIN_FREE = 2 * GIB;
const MIN_INODES = 20_000;

export function judge(one: Case): Check[] {
  return [
    clock(one),
    provisioning(one),
    disk(one.facts),
    names(one.facts),
    certificates(one.facts),
    sources(one.facts),
    ...models(one.facts),
    profile(one),
  ];
}

function clock({ drift }: Case): Check {
  const off = Math.abs(drift);
  const remedy = "agent-vm doctor --fix";
  return { name: "clock", ok: off <= MAX_DRIFT, detail: `${off.toFixed(1)} s off`, remedy, fix: "start" };
}

function provisioning({ due, vouched }: Case): Check {
  const done = vouched
    ? "complete"
    : "complete, says the agent's account; vmadmin was not asked since it changed";
  return {
    name: "provisioning",
    ok: due.length === 0 && vouched,
    detail: due.length === 0 ? done : `due: ${due.join(", ")}`,
    remedy: "agent-vm doctor --fix (or: agent-vm start)",
    fix: "start",
  };
}

function disk({ disk: space, inodes }: Facts): Check {
  const remedy =
    "delete what is not needed: agent-vm clean <branch>; in the VM: podman system prune, npm cache clean";
  if (space === undefined) return { name: "disk", ok: false, detail: "the VM did not say", remedy };
  const gib = (kib: number) => (kib / GIB).toFixed(1);
  const ok =
    space.free >= MIN_FREE && (inodes === undefined || inodes.total === 0 || inodes.free >= MIN_INODES);
  return { name: "disk", ok, detail: `${gib(space.free)} of ${gib(space.total)} GiB free`, remedy };
}

/** One name that resolves proves the resolver; the others are their networks' business. */
function names({ names: tried }: Facts): Check {
  const ok = [...tried.values()].some(Boolean);
  return {
    name: "names",
    ok,
    detail: ok ? "host names are resolved" : "no host name is resolved",
    remedy: "agent-vm doctor --fix restarts the resolver; does this host resolve names itself?",
    fix: "resolver",
  };
}

/** curl: 60 is a certificate that nobody known has signed, 77 a store that cannot be read. */
function certificates({ web }: Facts): Check {
  const bad = [...web].filter(([, code]) => code === 60 || code === 77).map(([host]) => host);
  return {
    name: "certificates",
    ok: bad.length === 0,
    detail: bad.length === 0 ? "no certificate was refused" : `not trusted: ${bad.join(", ")}`,
    remedy:
      "does your network have an authority of its own? Name its file in the setting ca, then: agent-vm start",
  };
}

function sources({ web }: Facts): Check {
  const missing = SOURCES.filter((host) => web.get(host) !== 0);
  return {
    name: "internet",
    ok: missing.length === 0,
    detail: missing.length === 0 ? SOURCES.join(", ") : `not reachable: ${missing.join(", ")}`,
    remedy: "behind a proxy: agent-vm start --proxy on; a mirror of your own: the setting mirrors",
  };
}

/** A network may close any of them without anything being wrong in the VM: said, and no failure. */
function models({ web }: Facts): Check[] {
  const missing = MODELS.filter(([, host]) => web.get(host) !== 0).map(
    ([agent, host]) => `${host} (${agent})`,
  );
  const there = MODELS.filter(([, host]) => web.get(host) === 0).map(([, host]) => host);
  const name = "model endpoints";
  return [
    ...(there.length > 0 ? [{ name, ok: true, detail: there.join(", ") }] : []),
    ...(missing.length > 0
      ? [
          {
            name,
            ok: false,
            note: true as const,
            detail: `not reachable: ${missing.join(", ")}`,
            remedy:
              "your network closes them, or they answer through a proxy alone: agent-vm start --proxy on",
          },
        ]
      : []),
  ];
}

const DANGEROUS = [
  "sudo",
  "docker",
  "disk",
  "lxd",
  "incus",
  "incus-admin",
  "libvirt",
  "adm",
  "shadow",
  "root",
];

function profile(one: Case): Check {
  const { facts, record, doors, arrived } = one;
  const text = givenUp(record);
  if (profileOf(record) === "open") return { name: "profile", ok: true, detail: text ?? "open" };
  // What came to this host is seen here; of other addresses the guest's word is all there is.
  const open = doors.filter(({ name }) => arrived.has(name) || facts.doors.get(name) === true);
  const untried = doors.filter(({ name }) => !facts.doors.has(name));
  const groups = facts.groups.filter((group) => DANGEROUS.includes(group));
  const wrong = [
    ...(facts.root === false ? [] : ["the agent can become root"]),
    ...(groups.length > 0 ? [`the agent is in the groups ${groups.join(", ")}`] : []),
    ...open.map(({ title }) => `${title} can be reached`),
    ...untried.map(({ title }) => `${title} was not tried`),
  ];
  const tried = `no root; closed: ${doors.map(({ title }) => title).join(", ")}`;
  return {
    name: "profile",
    ok: wrong.length === 0,
    detail: `guarded${wrong.length === 0 ? `, tried: ${tried}` : `, but: ${wrong.join("; ")}`}${text === undefined ? "" : `. ${text}`}`,
    remedy: "agent-vm doctor --fix puts the profile in force again",
    fix: "profile",
  };
}
