// Where settings come from, the strongest first: options, AGENT_VM_*, a project's file, the user's file. Pure.
import type { YamlPath } from "../../io/yaml.ts";
import { SETTING_NAMES, SETTING_RULES, variableOf } from "../setting-rules.ts";

export type Origin = "option" | "environment" | "project" | "file" | "default";

export interface Layer {
  origin: Exclude<Origin, "default">;
  values: Readonly<Record<string, unknown>>;
  /** Where a value stands, for people: an option, a variable, or a file with its line. */
  placeOf(path: YamlPath): string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** An option counts when it has the name of a setting that a variable can set, too. */
export function optionLayer(flags: Readonly<Record<string, unknown>>): Layer {
  const given = SETTING_NAMES.filter((name) => SETTING_RULES[name].variable && flags[name] !== undefined);
  return {
    origin: "option",
    values: Object.fromEntries(given.map((name) => [name, flags[name]])),
    placeOf: ([name]) => `--${String(name).replaceAll("_", "-")}`,
  };
}

/** An empty variable says nothing. */
export function environmentLayer(env: Environment): Layer {
  const values: Record<string, unknown> = {};
  for (const name of SETTING_NAMES) {
    const { variable } = SETTING_RULES[name];
    const text = env[variableOf(name)];
    if (!variable || !text) continue;
    // What is no number stays a text, so that the error shows it as it was given.
    const number = variable === "number" && /^\d+$/.test(text);
    values[name] = variable === "words" ? text.split(",") : number ? Number(text) : text;
  }
  return {
    origin: "environment",
    values,
    placeOf: ([name]) => variableOf(String(name)),
  };
}

export function fileLayer(
  file: string,
  values: Readonly<Record<string, unknown>>,
  lineOf: (path: YamlPath) => number | undefined,
): Layer {
  const placeOf = (path: YamlPath) => {
    const line = lineOf(path);
    return line === undefined ? file : `${file}:${line}`;
  };
  return { origin: "file", values, placeOf };
}

/** The layers' values as one, by the strongest that has each. */
export const merged = (layers: readonly Layer[]): Record<string, unknown> =>
  Object.assign({}, ...layers.map(({ values }) => values).reverse());

/** The strongest layer that has the setting. */
export const holderOf = (layers: readonly Layer[], name: PropertyKey | undefined): Layer | undefined =>
  layers.find(({ values }) => name !== undefined && Object.hasOwn(values, name));
