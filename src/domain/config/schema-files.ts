// Where the schemas for editors lie, and how a new file of settings begins.
import { join } from "node:path";
import { pathToFileURL } from "node:url";

export const userSchemaFile = (programDir: string): string => join(programDir, "common/schemas/config.json");
export const projectSchemaFile = (programDir: string): string =>
  join(programDir, "common/schemas/project.json");

/** Editors with a YAML language server take this line for the schema. */
export const schemaHint = (file: string): string => `# yaml-language-server: $schema=${pathToFileURL(file)}`;

export const startText = (programDir: string): string =>
  `${schemaHint(userSchemaFile(programDir))}\n# Settings of agent-vm, one a line, for example: memory: 16\n`;
