// The settings of one command: flags > AGENT_VM_* > the user's file > defaults.
import { readFile } from "node:fs/promises";
import { EXIT, UserError } from "../errors.ts";
import { environmentLayer, fileLayer, holderOf, type Layer, merged, optionLayer } from "./config/layers.ts";
import { SETTING_RULES } from "./setting-rules.ts";
import { type Settings, settingsSchema } from "./settings.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export async function loadSettings(
  file: string,
  env: Environment,
  flags: Readonly<Record<string, unknown>>,
): Promise<Settings> {
  return settingsFrom(await readLayers(file, env, flags));
}

/** The strongest first. Throws UserError (2) for a file that is no YAML. */
export async function readLayers(
  file: string,
  env: Environment,
  flags: Readonly<Record<string, unknown>>,
): Promise<Layer[]> {
  return [optionLayer(flags), environmentLayer(env), await readUserFile(file)];
}

/** Throws UserError (2) that names each value that cannot be, where it stands, and what it can be. */
export async function settingsFrom(layers: readonly Layer[]): Promise<Settings> {
  const value = merged(layers);
  const parsed = settingsSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { problemLines } = await import("./config/problems.ts");
  const { settingsShape } = await import("./config/json-schema.ts");
  const details = problemLines(parsed.error.issues, {
    schema: settingsShape(),
    value,
    placeOf: (path) => holderOf(layers, path[0])?.placeOf(path) ?? "settings",
    secret: isSecret,
  });
  throw new UserError("A setting has a value it cannot have.", {
    details,
    hint: "See all of them: agent-vm config list --origin; change your file: agent-vm config edit",
    exit: EXIT.usage,
  });
}

export const isSecret = (name: string): boolean =>
  Object.hasOwn(SETTING_RULES, name) && SETTING_RULES[name as keyof Settings].secret === true;

/** The file's text; empty when there is none. Throws UserError (2) when it cannot be read. */
export async function readUserText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") return "";
    throw unusable(`${file} cannot be read.`, [message], cause);
  }
}

const readUserFile = async (file: string): Promise<Layer> => userLayer(file, await readUserText(file));

/** What a text says as the user's file. Throws UserError (2) when it is no YAML, or no settings. */
export async function userLayer(file: string, text: string): Promise<Layer> {
  if (text === "") return fileLayer(file, {}, () => undefined);
  const { readYaml } = await import("../io/yaml.ts");
  const { value, problems, lineOf } = readYaml(text);
  if (problems.length > 0) {
    const details = problems.map(({ line, message }) => `${file}:${line}: ${message}`);
    throw unusable(`${file} is not valid YAML.`, details);
  }
  if (value === null || value === undefined) return fileLayer(file, {}, lineOf);
  if (typeof value === "object" && !Array.isArray(value))
    return fileLayer(file, value as Record<string, unknown>, lineOf);
  throw unusable(`${file} holds no settings.`, ["It must be lines of the form: memory: 8"]);
}

const unusable = (message: string, details: readonly string[], cause?: unknown): UserError =>
  new UserError(message, { details, hint: "Repair it: agent-vm config edit", exit: EXIT.usage, cause });
