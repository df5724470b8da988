// agent-vm profile: what the agent's account may do in the VM, shown and changed.
import { Argument, type Command } from "commander";
import type { GetContext } from "../cli.ts";
import { PROFILES, type Profile } from "../domain/profiles.ts";
import { printableJson } from "../guard/sanitize.ts";

export function register(program: Command, context: GetContext): void {
  const profile = program.command("profile").description("what the agent may do in the VM: show, set");
  profile
    .command("show", { isDefault: true })
    .description("the VM's profile and what it means")
    .option("--json", "as JSON")
    .action(async (options: { json?: boolean }, command: Command) => {
      const ctx = await context(command);
      const { readRecord } = await import("../domain/vm/record.ts");
      const { showProfile } = await import("../domain/vm/profile.ts");
      const shown = showProfile(await readRecord(ctx.paths), ctx.settings.profile);
      if (options.json) return ctx.out.answer(printableJson({ schema: 1, vm: ctx.paths.vm, ...shown }));
      ctx.out.answer(`${shown.profile}${shown.chosen ? "" : " (of a new VM; there is none yet)"}`);
      for (const line of shown.meaning) ctx.out.answer(`  - ${line}`);
      if (shown.warning !== undefined) ctx.out.warn(shown.warning);
    });
  profile
    .command("set")
    .description("change it: a running VM at once, a stopped one at its next start")
    .addArgument(new Argument("<name>", "guarded or open").choices(PROFILES))
    .option("--accept-risk", "agree to what the profile open gives up")
    .action(async (name: Profile, options: { acceptRisk?: boolean }, command: Command) => {
      const ctx = await context(command);
      const { setProfile } = await import("../domain/vm/set-profile.ts");
      await setProfile(ctx, name, options.acceptRisk === true);
    });
}
