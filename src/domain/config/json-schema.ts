// The settings' rules as JSON schemas: for editors, and for the words of our own errors.
import * as z from "zod/mini";
import { projectFileSchema } from "../project-file/schema.ts";
import { SETTING_NAMES, SETTING_RULES } from "../setting-rules.ts";
import { settingsSchema } from "../settings.ts";
import type { Shape } from "./problems.ts";

type JsonSchema = Record<string, unknown> & { properties: Record<string, Record<string, unknown>> };

const about: Record<string, string> = {
  ...Object.fromEntries(SETTING_NAMES.map((name) => [name, SETTING_RULES[name].about])),
  setup: "Runs once in each new workspace: a file of the repository, or the text of a bash script.",
};

function described(schema: z.core.$ZodType, title: string, words = about): JsonSchema {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: "input" }) as JsonSchema;
  for (const [name, property] of Object.entries(rest["properties"] as JsonSchema["properties"]))
    property["description"] = words[name];
  return { $schema, title, ...rest } as JsonSchema;
}

/** Of ~/.config/agent-vm/config.yaml. */
export const userSchema = (): JsonSchema => described(settingsSchema, "Settings of agent-vm");

/** Of a repository's .agent-vm.yaml. */
export const projectSchema = (): JsonSchema =>
  described(projectFileSchema, "What a repository needs of agent-vm", {
    ...about,
    workspace: "Asks for ignored files of the host for its workspaces; you are shown them and asked.",
  });

export const settingsShape = (): Shape => userSchema() as Shape;
export const projectShape = (): Shape => projectSchema() as Shape;
