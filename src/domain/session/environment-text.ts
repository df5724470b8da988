// The variables of a tmux session as text for the shell that begins each of its windows. Pure.
import { quote } from "../../target.ts";
import { secretNames } from "./choose-env.ts";

export interface WindowEnvironment {
  dir: string;
  /** Id of the place in memory that holds what goes with the session's last process; "" when nothing does. */
  place: string;
  values: Readonly<Record<string, string>>;
  /** Text of Google's credentials. */
  google?: string | undefined;
  /** Bytes of memory that each of its windows may take; undefined for no limit. */
  memory?: number | undefined;
}

/** Throws RangeError for a name that is none: names stand in the text as code. */
export function environmentText({ dir, place, values, google, memory }: WindowEnvironment): string {
  const exports = Object.entries(values).map(
    ([name, value]) => `export ${variableName(name)}=${quote(value)}\n`,
  );
  return [
    `dir=${quote(dir)}\n`,
    `place=${quote(place)}\n`,
    `hide=${quote(secretNames(values).join(" "))}\n`,
    ...(memory === undefined ? [] : [`memory=${quote(String(memory))}\n`]),
    ...(google === undefined ? [] : [`google=${quote(google)}\n`]),
    ...exports,
  ].join("");
}

/** A name stands in a script as code, so it must be one. */
export function variableName(name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new RangeError("not a variable's name");
  return name;
}
