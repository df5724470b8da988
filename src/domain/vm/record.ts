// What this host remembers of its VM: how far its making got, and what was chosen.
import * as z from "zod/mini";
import { EXIT, UserError } from "../../errors.ts";
import { readJson, writeJson } from "../../io/json-file.ts";
import type { Paths } from "../paths.ts";
import { PROFILES } from "../profiles.ts";

/**
 * creating: limactl is making the instance; nothing of the user is in it, so it may be made anew.
 * created: the instance is whole, never reached yet. pinned: its host key is known and stays.
 * ready: provisioned once; from here on workspaces may be in it and nothing deletes it without a proof.
 */
const PHASES = ["creating", "created", "pinned", "ready"] as const;
export type Phase = (typeof PHASES)[number];

const recordSchema = z.object({
  phase: z.enum(PHASES),
  /** Where Lima keeps the instance: elsewhere it would seem to be gone. */
  limaHome: z.string(),
  image: z.string(),
  accel: z.string(),
  vcpu: z.number(),
  /** GiB. */
  memory: z.number(),
  /** GiB. */
  disk: z.number(),
  createdAt: z.string(),
  /** What the agent's account may do; missing in a record of before there were profiles: guarded. */
  profile: z.optional(z.enum(PROFILES)),
  /** The VM uses this host's proxy; names that it reaches without it. */
  proxy: z.optional(z.object({ noProxy: z.array(z.string()) })),
  /** The agent was root in this VM at some time. */
  hadRoot: z.optional(z.boolean()),
  /** The instance has another name now, and the guest makes itself new host keys for that: they are pinned once more. */
  renamed: z.optional(z.boolean()),
  /** Tells the image from others that are called the same. */
  imageId: z.optional(z.string()),
  /**
   * The provisioning that vmadmin said was complete, as a hash. Whether something is due the agent's account tells
   * first, and it could say "nothing" for ever: it is believed only of what this names.
   */
  provisioned: z.optional(z.string()),
});

export type VmRecord = z.infer<typeof recordSchema>;

/** The record, or undefined when this host made no VM of that name. */
export async function readRecord(paths: Paths): Promise<VmRecord | undefined> {
  try {
    const content = await readJson(paths.record);
    return content === undefined ? undefined : recordSchema.parse(content);
  } catch (cause) {
    throw new UserError(`The record of the VM at ${paths.record} cannot be read.`, {
      hint: "Repair or restore that file; it tells agent-vm that the VM is its own.",
      exit: EXIT.notReady,
      cause,
    });
  }
}

export const writeRecord = (paths: Paths, record: VmRecord): Promise<void> => writeJson(paths.record, record);

/** Whatever the agent's account says, the next start asks vmadmin what is due. */
export async function distrust(paths: Paths): Promise<void> {
  const { provisioned, ...rest } = (await readRecord(paths)) ?? {};
  if (provisioned !== undefined) await writeRecord(paths, rest as VmRecord);
}

export async function advance(paths: Paths, record: VmRecord, phase: Phase): Promise<VmRecord> {
  const next = { ...record, phase };
  await writeRecord(paths, next);
  return next;
}
