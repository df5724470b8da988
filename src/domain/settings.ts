// The user's settings: what can be chosen, with its limits. Flags > AGENT_VM_* > user file > defaults.
import { z } from "zod/mini";
import { ACCELERATIONS } from "./acceleration-kinds.ts";

export const settingsSchema = z.strictObject({
  accel: z._default(z.enum(ACCELERATIONS), "auto"),
  /** "auto", "build", an absolute path or a https URL. */
  image: z._default(z.string().check(z.minLength(1)), "auto"),
  /** GiB. */
  memory: z.optional(z.int().check(z.minimum(1), z.maximum(128))),
  vcpu: z.optional(z.int().check(z.minimum(1), z.maximum(64))),
  /** GiB. */
  disk: z.optional(z.int().check(z.minimum(10), z.maximum(4096))),
});

export type Settings = z.infer<typeof settingsSchema>;
