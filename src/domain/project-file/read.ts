// Reads a repository's .agent-vm.yaml as a commit has it: what lies in somebody's checkout does not count.
import { git } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import type { readYaml } from "../../io/yaml.ts";
import { fileLayer, type Layer } from "../config/layers.ts";
import { SETTING_RULES } from "../setting-rules.ts";
import type { Settings } from "../settings.ts";
import { MAX_PROJECT_FILE, PROJECT_FILE, type ProjectFile, projectFileSchema } from "./schema.ts";

const PRE_COMMIT = ".pre-commit-config.yaml";

export interface Wanted {
  /** The commit has a .agent-vm.yaml. */
  projectFile: boolean;
  preCommit: boolean;
}

/** What a workspace of this commit wants done once before it is used. One call of git. */
export async function wantedOf(ctx: Context, directory: string, oid: string): Promise<Wanted> {
  const args = ["ls-tree", "-z", "--full-tree", oid, "--", PROJECT_FILE, PRE_COMMIT];
  const { stdout } = await git(ctx, directory, args);
  // Files alone: mode 100644 or 100755, then type, id, a tab and the name.
  const names = stdout.split("\0").flatMap((line) => /^100\d{3} blob [0-9a-f]+\t(.*)$/.exec(line)?.[1] ?? []);
  return { projectFile: names.includes(PROJECT_FILE), preCommit: names.includes(PRE_COMMIT) };
}

/** Throws UserError (1) when the file is too large, no YAML, or says something that is not a project's to say. */
export async function readProjectFile(ctx: Context, directory: string, oid: string): Promise<ProjectFile> {
  return (await readProjectLayer(ctx, directory, oid)).file;
}

/** The same, and where each value stands. */
export async function readProjectLayer(ctx: Context, directory: string, oid: string) {
  const object = `${oid}:${PROJECT_FILE}`;
  const size = Number((await git(ctx, directory, ["cat-file", "-s", object])).stdout);
  if (!(size <= MAX_PROJECT_FILE)) throw unusable([`It is larger than ${MAX_PROJECT_FILE / 1024} KiB.`]);
  const { stdout } = await git(ctx, directory, ["cat-file", "blob", object]);
  return parseProjectFile(stdout, (await import("../../io/yaml.ts")).readYaml);
}

/** The file's text as `read` reads it; an empty file says nothing. */
export async function parseProjectFile(
  text: string,
  read: typeof readYaml,
): Promise<{ file: ProjectFile; layer: Layer }> {
  if (isDeep(text)) throw unusable(["It is nested deeper than anything that can be said in it."]);
  const { value, problems, lineOf } = read(text);
  if (problems.length > 0)
    throw unusable(problems.map(({ line, message }) => `${PROJECT_FILE}:${line}: ${message}`));
  const parsed = projectFileSchema.safeParse(value ?? {});
  const layer = fileLayer(PROJECT_FILE, parsed.success ? parsed.data : {}, lineOf);
  if (parsed.success) return { file: parsed.data, layer: { ...layer, origin: "project" } };
  const { problemLines } = await import("../config/problems.ts");
  const { projectShape } = await import("../config/json-schema.ts");
  const asked = { schema: projectShape(), value, placeOf: layer.placeOf, knownElsewhere };
  throw unusable(problemLines(parsed.error.issues, asked));
}

const DEEPEST = 100;
/** A bracket, or the beginning of a line that opens as many lists. */
const OPENS = new RegExp(`[[{\\]}]|^[ \\t]*(?:[-?:][ \\t]+){${DEEPEST}}`, "gm");

/** The parser calls itself for each level; where the stack ends, V8 may end the whole program. An agent can write this. */
function isDeep(text: string): boolean {
  let depth = 0;
  for (const [sign] of text.matchAll(OPENS)) {
    if ("]}".includes(sign)) depth = Math.max(0, depth - 1);
    else depth += sign.length;
    if (depth > DEEPEST) return true;
  }
  return false;
}

/** A setting that a project does not choose: it is about the host, or about the VM that all repositories share. */
function knownElsewhere(key: string): string | undefined {
  if (!Object.hasOwn(SETTING_RULES, key)) return undefined;
  const { touches } = SETTING_RULES[key as keyof Settings];
  const why = touches === "host" ? "it is about this host" : "it is about the VM of all repositories";
  return `"${key}" is only for your own settings (agent-vm config set ${key} …): ${why}`;
}

const unusable = (details: readonly string[]): UserError =>
  new UserError(`The branch's ${PROJECT_FILE} cannot be used.`, {
    details: details.filter(Boolean).map((line) => sanitize(line, 600)),
    hint: "Repair and commit it; to enter the workspace as it is, add --no-setup.",
    exit: EXIT.failed,
  });
