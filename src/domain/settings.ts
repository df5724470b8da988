// The user's settings: what can be chosen, with its limits. Flags > AGENT_VM_* > user file > defaults.
import * as z from "zod/mini";
import en from "zod/v4/locales/en.js";
import { ACCELERATIONS } from "./acceleration-kinds.ts";

// The small build of zod speaks no language until it is given one.
z.config(en());

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
