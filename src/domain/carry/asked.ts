// What a repository's .agent-vm.yaml asks to be carried: shown and agreed to once, on a terminal alone.
import { join } from "node:path";
import type { Context } from "../../context.ts";
import { UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { readJson, writeJson } from "../../io/json-file.ts";
import { sizeText } from "../consent.ts";
import { readProjectFile } from "../project-file/read.ts";
import { PROJECT_FILE } from "../project-file/schema.ts";
import { quoted } from "../sync/plan.ts";
import { nameLines, plural } from "../sync/words.ts";
import type { Branch } from "../workspace/branch.ts";
import type { Repository } from "../workspace/repository.ts";
import { sizeAt } from "./read-file.ts";
import { matchesOf, sha256 } from "./resolve.ts";

interface Asking {
  repo: Repository;
  branch: Branch;
}

/** The patterns that the branch's commit asks for; an agent may have written them. */
export async function patternsAsked(ctx: Context, { repo, branch }: Asking): Promise<readonly string[]> {
  try {
    return (await readProjectFile(ctx, repo.directory, branch.oid)).workspace?.carry ?? [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    ctx.out.warn(`${error.message} What it asks for is not carried.`);
    return [];
  }
}

/**
 * Those of the patterns that the user has agreed to, or agrees to now: all or none. An ask that changed is another one.
 * `--yes` is no answer to this, and neither is silence off a terminal.
 */
export async function agreedPatterns(
  ctx: Context,
  asking: Asking,
  asked: readonly string[],
): Promise<readonly string[]> {
  const { repo, branch } = asking;
  const own = ctx.settings.workspace.carry;
  const more = asked.filter((pattern) => !own.includes(pattern));
  if (more.length === 0) return [];
  const key = sha256(Buffer.from(JSON.stringify(more)));
  const known = await agreedKeys(ctx, repo.id);
  if (known.includes(key)) return more;
  const { top, paths } = await matchesOf(ctx, repo.directory, more);
  if (paths.length === 0) return [];
  if (!ctx.confirm.possible) {
    const files = nameLines("asked for", paths).join("; ");
    ctx.out.say(
      `The branch's ${PROJECT_FILE} asks for ignored files of this host, and they stay here (${files}). Grant them yourself: agent-vm config set workspace.carry …; or agree on a terminal: agent-vm push --carry ${quoted(branch.name)}`,
    );
    return [];
  }
  ctx.out.say((await askedText(top, paths, more)).join("\n"), "asked");
  const question = `Carry ${plural(paths.length, "file")} into this repository's workspaces, now and when they are asked for again?`;
  if (!(await ctx.confirm.ask(question))) return [];
  await writeJson(fileOf(ctx, repo.id), { version: 1, agreed: [...known, key].slice(-MAX_KEYS) });
  return more;
}

async function askedText(top: string, paths: readonly string[], patterns: readonly string[]) {
  const sized = await Promise.all(
    paths.map(async (path) => `${sanitize(path)} (${sizeText(await sizeAt(top, path))})`),
  );
  return [
    `The branch's ${PROJECT_FILE} asks for ignored files of this host; an agent can write that file.`,
    ...nameLines("  pattern", patterns),
    ...nameLines("  file", sized),
    "What goes into the VM, an agent can read and send on.",
  ];
}

const MAX_KEYS = 1000;

const fileOf = (ctx: Context, repoId: string): string =>
  join(ctx.paths.sharedState, "carry", `${repoId}.json`);

/** A file that cannot be read holds nothing: the user is asked again. */
export async function agreedKeys(ctx: Context, repoId: string): Promise<string[]> {
  const content = await readJson(fileOf(ctx, repoId)).catch(() => undefined);
  const keys = (content as { agreed?: unknown } | undefined)?.agreed;
  return Array.isArray(keys) ? keys.filter((key) => typeof key === "string") : [];
}
