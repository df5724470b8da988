// The guest's provisioning as data: which script with which inputs, and the hash that says whether it is due. Pure.
import { createHash } from "node:crypto";
import type { GuestFile } from "../../adapters/sftp.ts";

/**
 * When a step runs: `begin` before everything else and `end` after it, one after the other; the two lanes between
 * them side by side. What `begin` and the lanes install is the same in every VM and makes up the base.
 */
export type Lane = "begin" | "debian" | "agents" | "end";

export interface StepDefinition {
  /** File name without ".sh"; also the stamp's name. */
  name: string;
  directory: "lima/provision" | "common/scripts";
  /** What the user reads while it runs. */
  title: string;
  lane: Lane;
  /** The VM is of use without it: a failure is told and remembered, and the others go on. */
  optional?: true;
  /** Its source is one that not every network reaches: a base is kept also when it is not all there. */
  spare?: true;
  inputs: readonly (keyof Inputs)[];
}

/** Files a step may read, by their names below the inputs directory. */
export interface Inputs {
  ca: readonly GuestFile[];
  proxy: readonly GuestFile[];
  mirrors: readonly GuestFile[];
  aptCore: readonly GuestFile[];
  aptPackages: readonly GuestFile[];
  aptContainers: readonly GuestFile[];
  aptNested: readonly GuestFile[];
  limactl: readonly GuestFile[];
  npmPackages: readonly GuestFile[];
  pythonPackages: readonly GuestFile[];
  versions: readonly GuestFile[];
  agentUid: readonly GuestFile[];
  authorizedKeys: readonly GuestFile[];
  vmName: readonly GuestFile[];
  profile: readonly GuestFile[];
  home: readonly GuestFile[];
}

const provision = { directory: "lima/provision" } as const;
const installer = { directory: "common/scripts", optional: true } as const;

export const STEPS: readonly StepDefinition[] = [
  { ...provision, name: "10-host-keys", title: "lasting host keys", lane: "begin", inputs: [] },
  { ...provision, name: "20-sshd", title: "ssh settings", lane: "begin", inputs: [] },
  { ...provision, name: "30-certificates", title: "certificate authorities", lane: "begin", inputs: ["ca"] },
  { ...provision, name: "31-proxy", title: "proxy", lane: "begin", inputs: ["proxy"] },
  { ...provision, name: "40-packages", title: "packages", lane: "begin", inputs: ["aptCore"] },
  {
    ...provision,
    name: "50-accounts",
    title: "accounts",
    lane: "begin",
    inputs: ["agentUid"],
  },
  {
    ...installer,
    name: "60-tools",
    title: "developers' tools",
    lane: "debian",
    inputs: ["mirrors", "aptPackages"],
  },
  {
    ...installer,
    name: "61-containers",
    title: "Docker and Podman",
    lane: "debian",
    inputs: ["mirrors", "aptContainers"],
  },
  {
    ...installer,
    name: "62-nested",
    title: "QEMU and Lima",
    lane: "debian",
    inputs: ["mirrors", "aptNested", "limactl"],
  },
  {
    ...installer,
    name: "63-python",
    title: "Python tools",
    lane: "debian",
    spare: true,
    inputs: ["mirrors", "pythonPackages"],
  },
  { ...installer, name: "70-node", title: "Node.js", lane: "agents", inputs: ["mirrors", "versions"] },
  { ...installer, name: "71-agents", title: "agents", lane: "agents", inputs: ["mirrors", "npmPackages"] },
  {
    ...installer,
    name: "72-releases",
    title: "single programs",
    lane: "agents",
    spare: true,
    inputs: ["mirrors", "versions"],
  },
  { ...provision, name: "80-markers", title: "guest markers", lane: "end", inputs: ["vmName"] },
  { ...provision, name: "81-keys", title: "keys", lane: "end", inputs: ["authorizedKeys"] },
  { ...provision, name: "85-profile", title: "profile", lane: "end", inputs: ["profile"] },
  { ...provision, name: "90-home", title: "the agent's home", lane: "end", inputs: ["home"] },
];

export interface Step {
  definition: StepDefinition;
  script: string;
  files: readonly GuestFile[];
  /** Changes when the script, what it sources, or one of its inputs changes. */
  hash: string;
}

/** `library`: what every installer sources; "" for the others. */
export function makeStep(definition: StepDefinition, script: string, inputs: Inputs, library = ""): Step {
  const files = definition.inputs.flatMap((name) => inputs[name]);
  const hash = createHash("sha256").update(script).update(`\0${library}`);
  for (const file of files) hash.update(`\0${file.path}\0`).update("id" in file ? file.id : file.content);
  return { definition, script, files, hash: hash.digest("hex") };
}

/** Steps whose stamp in the guest is not their hash. `stamps`: lines of "name hash", as the guest printed them. */
export function dueSteps(steps: readonly Step[], stamps: string): Step[] {
  const done = new Set(stamps.split("\n").map((line) => line.trim()));
  return steps.filter((step) => !done.has(`${step.definition.name} ${step.hash}`));
}

/**
 * What runs first and what after it. A new VM gets what belongs to it alone after the software, of which a base is made
 * in between. In one that is in use the agent's programs could hold up whatever runs as its account, so the rules for it
 * come before that.
 */
export function inTwo(due: readonly Step[], inUse: boolean): [Step[], Step[]] {
  const early = ({ definition: { lane, name } }: Step) =>
    inUse ? lane === "begin" || (lane === "end" && name !== "90-home") : lane !== "end";
  return [due.filter(early), due.filter((step) => !early(step))];
}

/** Steps and their inputs, in a hash. */
export function stepsHash(steps: readonly Step[]): string {
  const hash = createHash("sha256");
  for (const { definition, hash: own } of steps) hash.update(`${definition.name} ${own}\n`);
  return hash.digest("hex");
}

/** What goes into the base: the same hash is the same software. */
export const baseHash = (steps: readonly Step[]): string =>
  stepsHash(steps.filter(({ definition }) => definition.lane !== "end"));

/** What a base must not lack: a VM that is made from it would lack it, too. `failed`: as the guest told. */
export const lackedByBase = (
  failed: readonly { step: string; name: string }[],
): { step: string; name: string }[] =>
  failed.filter(({ step }) => STEPS.find(({ name }) => name === step)?.spare !== true);

/** The agent's uid: never the host user's, so that the mount never shows files as theirs. */
export const agentUid = (hostUid: number): number => (hostUid === 2001 ? 2002 : 2001);
