// agent-vm __complete: what the shells' completion scripts ask at a Tab; nobody types it.
import { Argument, type Command } from "commander";
import type { GetLean } from "../cli.ts";
import { TOPICS } from "../domain/help/topic-names.ts";
import { grammarOf } from "./grammar.ts";

export function register(program: Command, lean: GetLean): void {
  program
    .command("__complete", { hidden: true })
    .addArgument(new Argument("<shell>").choices(["bash", "zsh", "fish"]))
    .action(async (shell: "bash" | "zsh" | "fish", _options: unknown, self: Command) => {
      const { complete } = await import("../domain/completion/complete.ts");
      const { out, afterDashes = [] } = await lean(self);
      const grammar = grammarOf(program);
      const asked = { shell, said: afterDashes, grammar, topics: TOPICS };
      const lines = await complete({ ...asked, lean: (place) => lean(self, place) });
      out.answer(lines.join("\n"));
    });
}
