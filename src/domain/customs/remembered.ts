// What the user agreed to before, by content, so that the same finding is not asked twice. Kept by repository.
import { join } from "node:path";
import type { Context } from "../../context.ts";
import { readJson, writeJson } from "../../io/json-file.ts";
import type { Finding } from "./rule.ts";

/** Of one repository; the oldest are forgotten and asked again. */
const MAX_KEYS = 20_000;

const fileOf = (ctx: Context, repoId: string): string =>
  join(ctx.paths.sharedState, "customs", `${repoId}.json`);

/** A file that cannot be read holds nothing: the user is asked again. */
export async function agreedTo(ctx: Context, repoId: string): Promise<ReadonlySet<string>> {
  const content = await readJson(fileOf(ctx, repoId)).catch(() => undefined);
  const keys = (content as { agreed?: unknown } | undefined)?.agreed;
  return new Set(Array.isArray(keys) ? keys.filter((key) => typeof key === "string") : []);
}

/** Two commands at once may forget what one of them noted; then it is asked once more. */
export async function noteAgreed(ctx: Context, repoId: string, findings: readonly Finding[]): Promise<void> {
  const before = await agreedTo(ctx, repoId);
  const keys = [...before, ...findings.map(({ key }) => key).filter((key) => !before.has(key))];
  await writeJson(fileOf(ctx, repoId), { agreed: keys.slice(-MAX_KEYS) });
}
