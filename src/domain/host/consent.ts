// Asks before anything is installed on the host.
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { describeStep, type Plan } from "./plan.ts";

/** Returns when the user agrees: by `--yes`, or on a terminal. Throws UserError (3) with the steps otherwise. */
export async function consent(
  ctx: Pick<Context, "flags" | "confirm" | "out">,
  plan: Pick<Plan, "steps">,
): Promise<void> {
  const lines = plan.steps.map((step) => `  ${describeStep(step)}`);
  if (ctx.flags.yes) return;
  if (ctx.confirm.possible) {
    ctx.out.say("To run a VM, this host still needs some preparation:", "asked");
    for (const line of lines) ctx.out.say(line, "asked");
    if (await ctx.confirm.ask("Do this now?")) return;
  }
  throw new UserError("This host is not ready to run a VM.", {
    details: ["These steps make it ready:", ...lines],
    hint: "Have them done with: agent-vm setup --yes",
    exit: EXIT.notReady,
  });
}
