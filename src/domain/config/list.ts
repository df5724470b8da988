// Every setting with its value, and where it comes from.
import { query } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { EXIT, ToolError, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { nearest } from "../help/near.ts";
import { readLayers, settingsFrom } from "../load-settings.ts";
import { readProjectLayer, wantedOf } from "../project-file/read.ts";
import { PROJECT_FILE } from "../project-file/schema.ts";
import { projectSettings } from "../project-file/settings.ts";
import { SETTING_NAMES, SETTING_RULES, variableOf } from "../setting-rules.ts";
import { settingsSchema } from "../settings.ts";
import { holderOf, type Layer, merged, type Origin } from "./layers.ts";
import { valueAt } from "./problems.ts";

export interface Row {
  name: string;
  value: unknown;
  origin: Origin;
  /** An option, a variable, or a file with its line; nothing for a default. */
  place?: string;
}

export interface Listing {
  rows: Row[];
  /** Of `env`, as they are: for whoever asks for one by its name. */
  secrets: Readonly<Record<string, unknown>>;
  /** What cannot be; the values are shown as they are written then. */
  problem?: UserError;
  /** Things that are set and do nothing. */
  notes: string[];
}

/** Throws UserError (2) when the user's file is no YAML. */
export async function listSettings(ctx: Context, flags: Readonly<Record<string, unknown>>): Promise<Listing> {
  const [option, environment, file] = (await readLayers(ctx.paths.configFile, ctx.env, flags)) as [
    Layer,
    Layer,
    Layer,
  ];
  const notes = strayVariables(ctx.env);
  const given = new Set([...Object.keys(option.values), ...Object.keys(environment.values)]);
  const project = await projectLayers(ctx, given, notes);
  const layers = [option, environment, ...(project ? [project.chosen] : []), file];
  const found = await settingsFrom(layers).catch((error: unknown) => {
    if (error instanceof UserError) return error;
    throw error;
  });
  const problem = found instanceof UserError ? found : undefined;
  const values: Readonly<Record<string, unknown>> =
    found instanceof UserError ? { ...settingsSchema.parse({}), ...merged(layers) } : { ...found };
  const rows = [...SETTING_NAMES, ...strangers(layers)].flatMap((name) => row(name, values, layers));
  const secrets = isRecord(values["env"]) ? values["env"] : {};
  return { rows: [...rows, ...(project?.added ?? [])], secrets, notes, ...(problem && { problem }) };
}

/** What a file names that is no setting. */
const strangers = (layers: readonly Layer[]): string[] =>
  Object.keys(merged(layers)).filter((name) => !Object.hasOwn(SETTING_RULES, name));

function row(name: string, values: Readonly<Record<string, unknown>>, layers: readonly Layer[]): Row[] {
  const value = values[name];
  if (value === undefined) return [];
  const holder = holderOf(layers, name);
  const from = holder
    ? { origin: holder.origin, place: holder.placeOf([name]) }
    : { origin: "default" as const };
  return [{ name, value: withoutSecrets(name, value), ...from }];
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** People show their lists to others. */
function withoutSecrets(name: string, value: unknown): unknown {
  if (name !== "env" || !isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, one === null || one === false ? one : "***"]),
  );
}

/** The project file of the commit that is checked out: what it chooses, and what it adds. */
async function projectLayers(ctx: Context, given: ReadonlySet<string>, notes: string[]) {
  const directory = ctx.flags.repo ?? ctx.cwd;
  try {
    const oid = await query(ctx, directory, ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]);
    if (oid === "" || !(await wantedOf(ctx, directory, oid)).projectFile) return undefined;
    const { file, layer } = await readProjectLayer(ctx, directory, oid);
    const added = (["packages", "setup"] as const).flatMap((name): Row[] =>
      file[name] === undefined
        ? []
        : [{ name, value: file[name], origin: "project", place: layer.placeOf([name]) }],
    );
    return { chosen: { ...layer, values: projectSettings(file, given) }, added };
  } catch (error) {
    // No repository; a file that cannot be used stops `connect` and not this.
    if (error instanceof ToolError) return undefined;
    if (!(error instanceof UserError)) throw error;
    notes.push(`${PROJECT_FILE} of this repository is left out: ${error.details.join("; ")}`);
    return undefined;
  }
}

const PREFIX = variableOf("");

/** Variables that look like settings and set nothing. */
function strayVariables(env: Context["env"]): string[] {
  const settings = SETTING_NAMES.filter((name) => SETTING_RULES[name].variable);
  const usable = settings.map(variableOf);
  return Object.keys(env).flatMap((name) => {
    if (!name.startsWith(PREFIX) || usable.includes(name)) return [];
    const setting = SETTING_NAMES.find((one) => variableOf(one) === name);
    if (setting !== undefined) return [`${name} sets nothing: ${setting} is set in your file alone.`];
    const [meant] = nearest(name.slice(PREFIX.length), settings);
    return meant === undefined ? [] : [`${sanitize(name)} sets nothing; did you mean ${variableOf(meant)}?`];
  });
}

/** One value, as a text for scripts; undefined when it is not set. */
export function valueIn(listing: Listing, path: readonly string[]): unknown {
  if (path[0] === "env" && path.length > 1) return valueAt(listing.secrets, path.slice(1));
  const found = listing.rows.find(({ name }) => name === path[0]);
  return found && valueAt({ [found.name]: found.value }, path);
}

export const notSet = (key: string): UserError =>
  new UserError(`${key} is not set.`, {
    hint: `Set it: agent-vm config set ${key} VALUE`,
    exit: EXIT.failed,
  });
