// What is wrong with a setting, in one line: where it stands, what it is, and what it can be. Pure.
import type * as z from "zod/mini";
import { sanitize } from "../../guard/sanitize.ts";
import type { YamlPath } from "../../io/yaml.ts";
import { nearest } from "../help/near.ts";

export type Issue = z.core.$ZodIssue;

/** The part of a JSON schema that is put into words. */
export interface Shape {
  type?: string;
  enum?: readonly unknown[];
  const?: unknown;
  minimum?: number;
  maximum?: number;
  items?: Shape;
  anyOf?: readonly Shape[];
  properties?: Readonly<Record<string, Shape>>;
  additionalProperties?: Shape | boolean;
}

export interface Asked {
  schema: Shape;
  value: unknown;
  placeOf(path: YamlPath): string;
  /** Names of settings whose values are shown to nobody. */
  secret?: (name: string) => boolean;
  /** Says more of a key that is known elsewhere. */
  knownElsewhere?: (key: string) => string | undefined;
}

/** One line for each thing that is wrong. */
export function problemLines(issues: readonly Issue[], asked: Asked): string[] {
  return issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => unknownKey(key, issue.path, asked))
      : [wrongValue(issue, asked)],
  );
}

function unknownKey(key: string, path: YamlPath, asked: Asked): string {
  const inside = shapeAt(asked.schema, path)?.properties ?? {};
  const place = asked.placeOf([...path, key]);
  const elsewhere = path.length === 0 ? asked.knownElsewhere?.(key) : undefined;
  if (elsewhere !== undefined) return sanitize(`${place}: ${elsewhere}`, MAX);
  const [meant] = nearest(key, Object.keys(inside));
  const hint =
    meant === undefined
      ? `there are: ${Object.keys(inside).join(", ")}`
      : `did you mean "${named([...path, meant])}"?`;
  return sanitize(`${place}: "${named([...path, key])}" is no setting; ${hint}`, MAX);
}

const MAX = 600;

function wrongValue(issue: Issue, asked: Asked): string {
  const { path } = issue;
  const top = String(path[0] ?? "");
  const hidden = path.length > 0 && asked.secret?.(top);
  const shown = hidden
    ? "has a value that it cannot have"
    : `cannot be ${valueText(valueAt(asked.value, path))}`;
  const shape = shapeAt(asked.schema, path);
  const allowed = shape === undefined ? "" : allowedText(shape);
  // Our own words where the rule has some; zod's say less than what is allowed.
  const said = issue.code === "invalid_key" ? (issue.issues[0]?.message ?? "") : issue.message;
  const why = OWN_WORDS.has(issue.code) && !/^(Invalid|Too) /.test(said) ? said : "";
  const reasons = [why, allowed && `it can be ${allowed}`].filter(Boolean).join("; ");
  return sanitize(
    `${asked.placeOf(path)}: ${named(path) || "the file"} ${shown}: ${reasons || issue.message}`,
    MAX,
  );
}

const OWN_WORDS = new Set(["custom", "invalid_format", "invalid_key"]);

const named = (path: YamlPath): string => path.map(String).join(".");

function valueText(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

export function valueAt(value: unknown, path: YamlPath): unknown {
  return path.reduce<unknown>(
    (inner, step) =>
      typeof inner === "object" && inner !== null ? (inner as Record<PropertyKey, unknown>)[step] : undefined,
    value,
  );
}

/** The rule for what stands at a path. */
export function shapeAt(shape: Shape, path: YamlPath): Shape | undefined {
  return path.reduce<Shape | undefined>((inner, step) => {
    if (inner === undefined) return undefined;
    if (typeof step === "number") return inner.items;
    const named = inner.properties?.[String(step)];
    return named ?? (typeof inner.additionalProperties === "object" ? inner.additionalProperties : undefined);
  }, shape);
}

const KINDS: Readonly<Record<string, string>> = {
  string: "text",
  boolean: "true or false",
  null: "null",
  number: "a number",
};

/** What a rule lets through: "auto, kvm or tcg", "a whole number from 1 to 128". */
export function allowedText(shape: Shape): string {
  if (shape.anyOf) return shape.anyOf.map(allowedText).join(", or ");
  if (shape.const !== undefined) return String(shape.const);
  if (shape.enum) {
    const words = shape.enum.map(String);
    return words.length > 1 ? `${words.slice(0, -1).join(", ")} or ${words.at(-1)}` : words.join();
  }
  if (shape.type === "integer") return `a whole number from ${shape.minimum} to ${shape.maximum}`;
  if (shape.type === "array") return `a list, each ${shape.items ? allowedText(shape.items) : "a value"}`;
  if (shape.type === "object") {
    const names = Object.keys(shape.properties ?? {});
    return names.length > 0 ? `keys with values (${names.join(", ")})` : "names with values";
  }
  return KINDS[shape.type ?? ""] ?? "a value";
}
