// Which of the host's variables a session gets, and which of them are secrets. Pure.

/** `null`: the host's value; a text or number: this value; `false`: not sent although it is a default. */
export type EnvSetting = Readonly<Record<string, string | number | null | false>>;
export type HostEnv = Readonly<Record<string, string | undefined>>;

/** The names in a package list: one a line, `#` begins a comment. */
export const namesIn = (list: string): string[] =>
  list
    .split("\n")
    .map((line) => line.replace(/#.*/, "").trim())
    .filter((line) => line !== "");

/**
 * The variables of a session. A name is sent when the host has it with a value that is not empty, or when the user's
 * file gives one (which may be empty).
 */
export function chooseEnv(
  defaults: readonly string[],
  setting: EnvSetting,
  host: HostEnv,
): Record<string, string> {
  const chosen: Record<string, string> = {};
  for (const name of new Set([...defaults, ...Object.keys(setting)])) {
    const wanted = setting[name] ?? null;
    if (wanted === false) continue;
    const value = wanted === null ? host[name] || undefined : String(wanted);
    if (value !== undefined) chosen[name] = value;
  }
  return chosen;
}

/** Names of settings that stand in ordinary texts: to hide a model's or a project's name would make those unreadable. */
const PLAIN = /(_MODEL|_REGION|_LOCATION|_PROJECT|_PROJECT_ID)$|_USE_/;
const ADDRESS = /_BASE_URL$/;

/** Names of those whose values must not be shown: all but plain settings, and addresses that carry no password. */
export const secretNames = (values: Readonly<Record<string, string>>): string[] =>
  Object.entries(values)
    .filter(([name, value]) => !PLAIN.test(name) && !(ADDRESS.test(name) && !/[@?]/.test(value)))
    .map(([name]) => name);

/** The values that must not be shown. */
export const secretsIn = (values: Readonly<Record<string, string>>): string[] =>
  // A value of several lines is shown line by line.
  secretNames(values).flatMap((name) => [values[name] ?? "", ...(values[name] ?? "").split("\n")]);
