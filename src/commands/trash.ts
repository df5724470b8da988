// agent-vm trash: what cleaned workspaces left in the vault, listed and dropped.
import type { Command } from "commander";
import type { GetContext } from "../cli.ts";
import { printableJson } from "../guard/sanitize.ts";

export function register(program: Command, context: GetContext): void {
  const trash = program.command("trash").description("what was saved of cleaned workspaces: list, drop");
  registerList(trash, context);
  registerDrop(trash, context);
}

function registerList(trash: Command, context: GetContext): void {
  trash
    .command("list")
    .description("every save of this host, the oldest first")
    .option("--json", "as JSON")
    .action(async (options: { json?: boolean }, command: Command) => {
      const ctx = await context(command);
      const { listTrash } = await import("../domain/vault/trash.ts");
      const { trashJson, trashRows } = await import("../domain/vault/trash-text.ts");
      const all = await listTrash(ctx);
      if (options.json) return ctx.out.answer(printableJson(trashJson(all)));
      if (all.length === 0) return ctx.out.say("Nothing is saved.");
      const { sizeText } = await import("../domain/consent.ts");
      const { table } = await import("../io/table.ts");
      const { head, rows } = trashRows(all, sizeText);
      ctx.out.answer(table(head, rows, ctx.columns));
    });
}

interface DropOptions {
  olderThan?: string;
  all?: boolean;
  force?: boolean;
}

function registerDrop(trash: Command, context: GetContext): void {
  trash
    .command("drop")
    .description("delete saves for good")
    .argument("[id...]", "saves, as trash list names them")
    .option("--older-than <age>", "all saves older than this: 12h, 30d, 4w")
    .option("--all", "all saves")
    .option("--force", "without a question; what they hold may exist nowhere else")
    .action(async (ids: string[], options: DropOptions, command: Command) => {
      const ctx = await context(command);
      const { dropTrash } = await import("../domain/vault/trash.ts");
      const { olderThan, all, force } = options;
      const gone = await dropTrash(ctx, { ids, olderThan, all }, force === true);
      const names = gone.map((one) => one.save.id).join(", ");
      ctx.out.say(gone.length === 0 ? "There is no such save." : `Dropped: ${names}`);
    });
}
