// The settings of one command: flags > AGENT_VM_* > the user's file > defaults.
import { readFile } from "node:fs/promises";
import { EXIT, UserError } from "../errors.ts";
import { type Settings, settingsSchema } from "./settings.ts";

const NUMBERS = ["memory", "vcpu", "disk", "fetch_limit", "stop_grace"] as const;
const TEXTS = [
  "accel",
  "image",
  "base",
  "profile",
  "proxy",
  "credentials",
  "google_credentials",
  "scan",
  "scanner",
  "agent",
  "editor",
  "session_memory",
] as const;
const LISTS = ["without"] as const;

export async function loadSettings(
  file: string,
  env: Readonly<Record<string, string | undefined>>,
  flags: Readonly<Record<string, unknown>>,
): Promise<Settings> {
  const fromFile = await readUserFile(file);
  const merged: Record<string, unknown> = { ...fromFile, ...fromEnvironment(env) };
  for (const key of [...NUMBERS, ...TEXTS]) if (flags[key] !== undefined) merged[key] = flags[key];
  const parsed = settingsSchema.safeParse(merged);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    (issue) => `${issue.path.join(".") || "settings"}: ${issue.message}`,
  );
  throw new UserError("A setting has a value it cannot have.", {
    details: problems,
    hint: `Settings come from options, AGENT_VM_* in the environment and ${file}.`,
    exit: EXIT.usage,
  });
}

function fromEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const key of TEXTS) {
    const value = env[`AGENT_VM_${key.toUpperCase()}`];
    if (value) found[key] = value;
  }
  for (const key of NUMBERS) {
    const value = env[`AGENT_VM_${key.toUpperCase()}`];
    if (value) found[key] = /^\d+$/.test(value) ? Number(value) : value;
  }
  for (const key of LISTS) {
    const value = env[`AGENT_VM_${key.toUpperCase()}`];
    if (value) found[key] = value.split(",");
  }
  return found;
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") return "";
    throw unusable(`${file} cannot be read.`, message, cause);
  }
}

async function readUserFile(file: string): Promise<Record<string, unknown>> {
  const text = await readText(file);
  if (text === "") return {};
  const { parseYaml } = await import("../io/yaml.ts");
  let content: unknown;
  try {
    content = parseYaml(text);
  } catch (cause) {
    throw unusable(
      `${file} is not valid YAML.`,
      cause instanceof Error ? cause.message : String(cause),
      cause,
    );
  }
  if (content === null || content === undefined) return {};
  if (typeof content === "object" && !Array.isArray(content)) return content as Record<string, unknown>;
  throw unusable(`${file} holds no settings.`, "It must be lines of the form: memory: 8");
}

const unusable = (message: string, detail: string, cause?: unknown): UserError =>
  new UserError(message, {
    details: [detail],
    hint: "Repair or remove the file.",
    exit: EXIT.usage,
    cause,
  });
