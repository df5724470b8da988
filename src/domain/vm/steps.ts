// The guest's provisioning as data: which script with which inputs, and the hash that says whether it is due.
import { createHash } from "node:crypto";
import type { GuestFile } from "../../adapters/sftp.ts";

export interface StepDefinition {
  /** File name below lima/provision without ".sh"; also the stamp's name. */
  name: string;
  /** What the user reads while it runs. */
  title: string;
  inputs: readonly (keyof Inputs)[];
}

/** Files a step may read, by their names below the inputs directory. */
export interface Inputs {
  ca: readonly GuestFile[];
  packages: readonly GuestFile[];
  agentUid: readonly GuestFile[];
  authorizedKeys: readonly GuestFile[];
  vmName: readonly GuestFile[];
}

export const STEPS: readonly StepDefinition[] = [
  { name: "10-host-keys", title: "lasting host keys", inputs: [] },
  { name: "20-sshd", title: "ssh settings", inputs: [] },
  { name: "30-certificates", title: "certificate authorities", inputs: ["ca"] },
  { name: "40-packages", title: "packages", inputs: ["packages"] },
  { name: "50-accounts", title: "accounts", inputs: ["agentUid", "authorizedKeys"] },
  { name: "60-markers", title: "guest markers", inputs: ["vmName"] },
];

export interface Step {
  definition: StepDefinition;
  script: string;
  files: readonly GuestFile[];
  /** Changes when the script or one of its inputs changes. */
  hash: string;
}

export function makeStep(definition: StepDefinition, script: string, inputs: Inputs): Step {
  const files = definition.inputs.flatMap((name) => inputs[name]);
  const hash = createHash("sha256").update(script);
  for (const file of files) hash.update(`\0${file.path}\0`).update(file.content);
  return { definition, script, files, hash: hash.digest("hex") };
}

/** Steps whose stamp in the guest is not their hash. `stamps`: lines of "name hash", as the guest printed them. */
export function dueSteps(steps: readonly Step[], stamps: string): Step[] {
  const done = new Set(stamps.split("\n").map((line) => line.trim()));
  return steps.filter((step) => !done.has(`${step.definition.name} ${step.hash}`));
}

/** The agent's uid: never the host user's, so that the mount never shows files as theirs. */
export const agentUid = (hostUid: number): number => (hostUid === 2001 ? 2002 : 2001);
