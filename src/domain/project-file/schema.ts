// What a repository's .agent-vm.yaml may say: all of it affects the VM alone, or asks. Its text may be an agent's.
import * as z from "zod/mini";
import en from "zod/v4/locales/en.js";
import { packagesSchema } from "../package-names.ts";
import { carrySchema, settingsSchema } from "../settings.ts";

// The small build of zod speaks no language until it is given one.
z.config(en());

export const PROJECT_FILE = ".agent-vm.yaml";
/** Bytes. */
export const MAX_PROJECT_FILE = 64 * 1024;

const { agent, session_memory } = settingsSchema.shape;

/** Of the user's settings only those that `setting-rules.ts` marks as a project's, without their defaults. */
export const projectFileSchema = z.strictObject({
  agent: z.optional(agent._zod.def.innerType),
  session_memory,
  packages: z.optional(packagesSchema),
  /** It asks for ignored files of the host; only the user grants them. */
  workspace: z.optional(z.strictObject({ carry: z.optional(carrySchema) })),
  /** One line that is a file's path in the repository, or the text of a bash script. Runs once in each workspace. */
  setup: z.optional(z.string().check(z.minLength(1), z.regex(/^[^\0]*$/, { error: "it holds a NUL" }))),
});

export type ProjectFile = z.infer<typeof projectFileSchema>;
