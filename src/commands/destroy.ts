// agent-vm destroy: delete the VM with all workspaces; what exists nowhere else is saved first.
import type { Command } from "commander";
import type { GetContext } from "../cli.ts";
import type { Context } from "../context.ts";
import type { Destroyed } from "../domain/vm/destroy.ts";

export function register(program: Command, context: GetContext): void {
  program
    .command("destroy")
    .description("delete the VM with all its workspaces; what exists nowhere else is saved first")
    .option("--force", "delete without saving what exists nowhere else")
    .action(async (options: { force?: boolean }, command: Command) => {
      const ctx = await context(command);
      const { destroyVm } = await import("../domain/vm/destroy.ts");
      await report(ctx, await destroyVm(ctx, options.force === true));
    });
}

async function report(ctx: Context, done: Destroyed): Promise<void> {
  const { vm } = ctx.paths;
  if (done.outcome === "there was none") return ctx.out.say(`There is no VM ${vm}.`);
  if (done.outcome === "put aside") {
    const { name, directory } = done.aside;
    ctx.out.say(`The VM ${vm} is put aside, whole, as ${name}: ${directory}`);
    ctx.out.say(`Once it is repaired: agent-vm --vm ${name} start`);
    ctx.out.say(`If it is to go unseen: agent-vm --vm ${name} destroy --force`);
    return;
  }
  ctx.out.say(`The VM ${vm} is deleted.`);
  const { savedLines } = await import("../domain/sync/save/saved-text.ts");
  const { saveDirectory } = await import("../domain/vault/records.ts");
  for (const line of savedLines(done.saves, (save) => saveDirectory(ctx, save))) ctx.out.say(line);
}
