// What the attacks on a real VM share: root's hand in it, the agent's, and what tells that an attack succeeded.
import { quote } from "../../../src/target.ts";
import { attack } from "../../attack/attacks.ts";
import type { World } from "../world.ts";

/** Where only root can write; it exists when an attack made something run as root. */
export const CANARY = "/etc/agent-vm-canary";
/** What the agent must not read. */
export const SECRET = "e2e-secret-of-vmadmin";
export const SECRET_FILE = "/home/vmadmin/secret";
/** A file and a directory of root's that the agent's links lead to. */
export const VICTIM = "/var/lib/agent-vm-victim";

/** A script as the VM's root; throws when it fails. */
export async function root(world: World, script: string): Promise<string> {
  const answer = await world.admin(`sudo -n bash -c ${quote(script)}`);
  if (answer.code !== 0) throw new Error(`as root in the VM: ${script}\n${answer.all}`);
  return answer.stdout;
}

/** Provisioning's steps run again at the next start, as after an update of agent-vm. */
export async function again(world: World, ...steps: string[]): Promise<string> {
  await root(world, `cd /var/lib/agent-vm/stamps && rm -f -- ${steps.join(" ")}`);
  return (await world.agentVm("start")).all;
}

export interface Privilege {
  name: string;
  guard: string;
  /** As root: takes the guard away. */
  undo: string;
  /** As the agent. */
  attempt: string;
  /** As vmadmin: what the VM's administration does by itself sooner or later. */
  later?: string;
  /** As root, or the provisioning step which must do it. */
  redo: string | { step: string };
}

const fired = (world: World) => root(world, `if [ -e ${CANARY} ]; then rm -f ${CANARY}; echo yes; fi`);

/** One attempt by the agent: root's file was made, or the secret was seen. */
async function attempted(world: World, { attempt, later }: Privilege): Promise<boolean> {
  const tried = await world.agent(attempt);
  const then = later === undefined ? undefined : await world.admin(later);
  const seen = `${tried.all}${then?.all ?? ""}`.includes(SECRET);
  return (await fired(world)) === "yes" || seen;
}

export function privilegeAttack(world: () => World, one: Privilege): void {
  attack(one.name, {
    guard: one.guard,
    play: async (guarded) => {
      if (!guarded) await root(world(), one.undo);
      else if (typeof one.redo === "string") await root(world(), one.redo);
      else await again(world(), one.redo.step);
      return attempted(world(), one);
    },
  });
}
