// The name of a setting as it is typed: "memory", "mount.git", "env.GH_TOKEN".
import { EXIT, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { nearest } from "../help/near.ts";
import { settingsShape } from "./json-schema.ts";
import type { Shape } from "./problems.ts";

/** The way to it in the file. Throws UserError (2) for one that is not there, with what may have been meant. */
export function parseKey(text: string): string[] {
  const path: string[] = [];
  let shape: Shape | undefined = settingsShape();
  let rest = text;
  while (rest !== "" || path.length === 0) {
    const named: Readonly<Record<string, Shape>> | undefined = shape?.properties;
    if (named === undefined && typeof shape?.additionalProperties !== "object") throw noPart(text, path);
    // Names of one's own choice may have dots.
    const end: number = named === undefined ? -1 : rest.indexOf(".");
    const step: string = end < 0 ? rest : rest.slice(0, end);
    rest = end < 0 ? "" : rest.slice(end + 1);
    if (named && !Object.hasOwn(named, step)) throw unknown([...path, step], path, Object.keys(named));
    path.push(step);
    shape = named ? named[step] : (shape?.additionalProperties as Shape);
  }
  return path;
}

function unknown(typed: readonly string[], above: readonly string[], names: readonly string[]): UserError {
  const [meant] = nearest(typed.at(-1) ?? "", names);
  const hint =
    meant === undefined ? `There are: ${names.join(", ")}` : `Did you mean ${[...above, meant].join(".")}?`;
  return new UserError(`"${sanitize(typed.join("."))}" is no setting.`, { hint, exit: EXIT.usage });
}

const noPart = (text: string, path: readonly string[]): UserError =>
  new UserError(`"${sanitize(text)}" is no setting: ${path.join(".")} has no parts with names.`, {
    hint: `Set it as a whole: agent-vm config set ${path.join(".")} …`,
    exit: EXIT.usage,
  });
