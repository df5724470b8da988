// Google's application default credentials: which file of the host a session gets, read and checked.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { EXIT, UserError } from "../../errors.ts";
import type { Settings } from "../settings.ts";
import type { HostEnv } from "./choose-env.ts";

export interface GoogleQuestion {
  mode: Settings["google_credentials"];
  env: HostEnv;
  home: string;
  /** The session is told to use Vertex AI, which needs them. */
  vertex: boolean;
}

const NAME = "GOOGLE_APPLICATION_CREDENTIALS";

/**
 * The file's text, or undefined when the session gets none. The variable's file is taken whenever the variable is set;
 * gcloud's default file (a login of yours) only where Vertex AI is in use or the setting is "on". Throws UserError (2)
 * when the file is missing or holds no credentials.
 */
export async function googleCredentials(ask: GoogleQuestion): Promise<string | undefined> {
  if (ask.mode === "off") return undefined;
  const named = ask.env[NAME];
  if (named) return await read(named, `${NAME} names ${named}`);
  if (ask.mode === "auto" && !ask.vertex) return undefined;
  const directory = ask.env["CLOUDSDK_CONFIG"] ?? join(ask.home, ".config", "gcloud");
  const usual = join(directory, "application_default_credentials.json");
  try {
    return await read(usual, `Google's default credentials are ${usual}`);
  } catch (error) {
    const missing = error instanceof UserError && (error.cause as NodeJS.ErrnoException)?.code === "ENOENT";
    if (missing && ask.mode === "auto") return undefined;
    throw error;
  }
}

async function read(path: string, what: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? "unreadable";
    throw unusable(`${what}, which cannot be read (${code}).`, cause);
  }
  if (!isCredentials(text)) throw unusable(`${what}, which holds no Google credentials in JSON.`);
  return text;
}

/** Every kind of them is an object that says its type. The text itself never stands in a message. */
function isCredentials(text: string): boolean {
  try {
    const content: unknown = JSON.parse(text);
    return typeof (content as { type?: unknown } | null)?.type === "string";
  } catch {
    return false;
  }
}

const unusable = (message: string, cause?: unknown): UserError =>
  new UserError(message, {
    hint: `Make it anew with: gcloud auth application-default login; or go without: unset ${NAME}, --no-env, or the setting google_credentials: off`,
    exit: EXIT.usage,
    cause,
  });
