// The objects of a save from the vault into the directory of the VM where a workspace is built again.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { transfer } from "../../../adapters/git.ts";
import type { Context } from "../../../context.ts";
import { ToolError } from "../../../errors.ts";
import { sanitizeLines } from "../../../guard/sanitize.ts";
import type { Target } from "../../../target.ts";
import { oneByOne } from "../../clones/shallow.ts";
import type { Save } from "../../vault/save.ts";
import { vaultPath } from "../../vault/vault.ts";
import { type SaveAhead, shipSave } from "../ahead/save.ts";
import { showProgress } from "../git-progress.ts";

/** Its references come to refs/agent-vm/restore/. Throws ToolError with what git says of those that were refused. */
export async function pushSave(ctx: Context, target: Target, sending: SaveAhead): Promise<void> {
  const { save, places, tell } = sending;
  const { gitDir } = vaultPath(ctx, save.repoId);
  const dir = `.agent-vm.new.-${places[1]}-${places[0]}`;
  await shipSave(ctx, target, sending);
  for (const refspecs of refspecsOf(save, gitDir)) {
    const what = { target, dir, verb: "push", refspecs, onLine: showProgress(tell) } as const;
    const { code, stdout, stderr } = await transfer(ctx, gitDir, what, [0, 1]);
    if (code === 0) continue;
    // Why a reference was refused stands on standard output.
    const stderrTail = sanitizeLines(`${stderr}\n${stdout}`).slice(-12).join("\n");
    throw new ToolError({ argv: ["git", "push"], code, stderrTail });
  }
}

/** What is pushed in one go; of a short history see oneByOne. */
function refspecsOf(save: Save, gitDir: string): string[][] {
  const [from, to] = [`refs/saves/${save.id}/`, "refs/agent-vm/restore/"];
  if (!existsSync(join(gitDir, "shallow"))) return [[`${from}*:${to}*`]];
  const refs = save.refs.map(({ name }) => ({ ref: name, spec: `${from}${name}:${to}${name}` }));
  return oneByOne(refs).map((group) => group.map(({ spec }) => spec));
}
