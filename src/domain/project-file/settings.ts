// The settings of one workspace: what its repository's .agent-vm.yaml says comes between the environment and the user's file.
import type { Context } from "../../context.ts";
import { merged } from "../config/layers.ts";
import { SETTING_NAMES, SETTING_RULES } from "../setting-rules.ts";
import { type Settings, settingsSchema } from "../settings.ts";
import { readProjectLayer, wantedOf } from "./read.ts";
import type { ProjectFile } from "./schema.ts";

export interface Place {
  repo: { directory: string };
  branch: { oid: string };
}

/** Throws UserError (1) for a file that cannot be used; `asIs` leaves it out. */
export async function settingsAt(ctx: Context, { repo, branch }: Place, asIs = false): Promise<Settings> {
  if (asIs || !(await wantedOf(ctx, repo.directory, branch.oid)).projectFile) return ctx.settings;
  const { file } = await readProjectLayer(ctx, repo.directory, branch.oid);
  const said = projectSettings(file, ctx.given ?? new Set());
  return settingsSchema.parse(
    merged([{ origin: "project", values: said, placeOf: String }, asLayer(ctx.settings)]),
  );
}

const asLayer = (values: Settings) => ({ origin: "file" as const, values, placeOf: String });

/**
 * What a project's file chooses: by the rules that let it, and where neither an option nor the environment did.
 * Packages add to the user's own, which belong to the whole VM; the set-up takes care of them.
 */
export function projectSettings(file: ProjectFile, given: ReadonlySet<string>): Record<string, unknown> {
  const may = SETTING_NAMES.filter(
    (name) => SETTING_RULES[name].project && name !== "packages" && !given.has(name),
  );
  const said: Readonly<Record<string, unknown>> = file;
  return Object.fromEntries(may.flatMap((name) => (said[name] === undefined ? [] : [[name, said[name]]])));
}
