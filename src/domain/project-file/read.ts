// Reads a repository's .agent-vm.yaml as a commit has it: what lies in somebody's checkout does not count.
import { git } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
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

/** Throws UserError (1) when the file is too large, no YAML, or says something that is not known. */
export async function readProjectFile(ctx: Context, directory: string, oid: string): Promise<ProjectFile> {
  const object = `${oid}:${PROJECT_FILE}`;
  const size = Number((await git(ctx, directory, ["cat-file", "-s", object])).stdout);
  if (!(size <= MAX_PROJECT_FILE)) throw unusable([`It is larger than ${MAX_PROJECT_FILE / 1024} KiB.`]);
  const { stdout } = await git(ctx, directory, ["cat-file", "blob", object]);
  return parseProjectFile(stdout, (await import("../../io/yaml.ts")).parseYaml);
}

/** The file's text as `parse` reads it; an empty file says nothing. */
export function parseProjectFile(text: string, parse: (text: string) => unknown): ProjectFile {
  let content: unknown;
  try {
    content = parse(text);
  } catch (cause) {
    throw unusable(String(cause instanceof Error ? cause.message : cause).split("\n"));
  }
  const parsed = projectFileSchema.safeParse(content ?? {});
  if (parsed.success) return parsed.data;
  throw unusable(parsed.error.issues.map(({ path, message }) => `${path.join(".") || "it"}: ${message}`));
}

const unusable = (details: readonly string[]): UserError =>
  new UserError(`The branch's ${PROJECT_FILE} cannot be used.`, {
    details: details.filter(Boolean).map(sanitize),
    hint: "Repair and commit it; to enter the workspace as it is, add --no-setup.",
    exit: EXIT.failed,
  });
