// Sizes are chosen when the VM is made; asking for others later is refused before anything happens.
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { profileOf } from "./profile.ts";
import { readRecord } from "./record.ts";

const SIZES = { memory: "GB of memory", vcpu: "vCPU", disk: "GB of disk" } as const;

/** Throws UserError (2) when an existing VM is asked for another size or image by option. */
export async function refuseResize(ctx: Context, options: Record<string, unknown>): Promise<void> {
  const record = await readRecord(ctx.paths);
  if (record === undefined || record.phase === "creating") return;
  for (const key of Object.keys(SIZES) as (keyof typeof SIZES)[]) {
    const wanted = options[key];
    if (wanted === undefined || wanted === record[key]) continue;
    throw new UserError(
      `The VM ${ctx.paths.vm} was made with ${record[key]} ${SIZES[key]}; that cannot change while it exists.`,
      {
        hint: "Fetch your work, then: agent-vm destroy, and start with the new size; or keep both with --vm <other name>.",
        exit: EXIT.usage,
      },
    );
  }
  if (options["profile"] !== undefined && options["profile"] !== profileOf(record)) {
    throw new UserError(`The VM ${ctx.paths.vm} has the profile ${profileOf(record)}.`, {
      hint: `Change it with: agent-vm profile set ${options["profile"]}`,
      exit: EXIT.usage,
    });
  }
  if (options["image"] !== undefined) {
    throw new UserError(
      `The VM ${ctx.paths.vm} exists already (from ${record.image}); an image is chosen only when a VM is made.`,
      {
        hint: "Leave --image out, or make another VM with --vm <other name>.",
        exit: EXIT.usage,
      },
    );
  }
}
