// Files of the host that git calls changed although they are byte by byte as they were committed.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { git } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";

// "1 .M N... mH mI mW hH hI path", an ordinary file of the same mode.
const EDITED = /^1 \.M N\.\.\. \d+ (100\d+) \1 [0-9a-f]+ ([0-9a-f]+) (.+)$/s;

/**
 * `status` (--porcelain=v2 -z --no-renames) without the records of such files: a rule of .gitattributes that came after
 * them has git call them changed wherever it looks at them anew. No filter runs. No call where nothing is changed.
 */
export async function withoutUntouched(ctx: Context, worktree: string, status: string): Promise<string> {
  const records = status.split("\0").filter(Boolean);
  const asked = records.flatMap((record) => {
    const [, , oid = "", path = ""] = EDITED.exec(record) ?? [];
    return oid === "" || /["\n]/.test(path) ? [] : [{ record, oid, path }];
  });
  if (asked.length === 0 || !existsSync(join(worktree, ".gitattributes"))) return status;
  const input = Buffer.from(asked.map(({ path }) => `${path}\n`).join(""), "latin1");
  const args = ["hash-object", "--no-filters", "--stdin-paths"];
  const { code, stdout } = await git(ctx, worktree, args, { input, ok: "any" });
  if (code !== 0) return status;
  const hashes = stdout.split("\n");
  const same = new Set(asked.filter(({ oid }, at) => hashes[at] === oid).map(({ record }) => record));
  return records
    .filter((record) => !same.has(record))
    .map((record) => `${record}\0`)
    .join("");
}
