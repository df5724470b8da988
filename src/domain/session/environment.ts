// What a session gets from the host: variables, and Google's credentials as the text of a file.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "../../context.ts";
import { rememberSecrets } from "../../guard/mask.ts";
import { chooseEnv, namesIn, secretsIn } from "./choose-env.ts";
import { googleCredentials } from "./google.ts";

type Host = Pick<Context, "env" | "settings" | "programDir" | "paths">;

export interface SessionEnvironment {
  values: Readonly<Record<string, string>>;
  /** Becomes a file of the session's own, named in GOOGLE_APPLICATION_CREDENTIALS. */
  google?: string;
}

/** The variables alone; their secrets are hidden in whatever is printed and logged from then on. */
export async function sessionVariables(host: Omit<Host, "paths">): Promise<Record<string, string>> {
  const list = await readFile(join(host.programDir, "common/packages/envvars.txt"), "utf8");
  const values = chooseEnv(namesIn(list), host.settings.env, host.env);
  rememberSecrets(secretsIn(values));
  return values;
}

/** Throws UserError (2) when Google's credentials are named and cannot be used. */
export async function sessionEnvironment(host: Host): Promise<SessionEnvironment> {
  const values = await sessionVariables(host);
  const google = await googleCredentials({
    mode: host.settings.google_credentials,
    env: host.env,
    home: host.paths.home,
    vertex: "CLAUDE_CODE_USE_VERTEX" in values || "GOOGLE_GENAI_USE_VERTEXAI" in values,
  });
  if (google !== undefined) rememberSecrets(secretsOf(google));
  return { values, ...(google !== undefined && { google }) };
}

/** All texts of the file but its names and addresses: keys, refresh tokens, secrets. */
const secretsOf = (google: string): string[] =>
  Object.entries(JSON.parse(google) as Record<string, unknown>).flatMap(([name, value]) =>
    typeof value === "string" && /key|token|secret/.test(name) && !/^https?:/.test(value)
      ? [value, ...value.split("\n")]
      : [],
  );
