// A workspace's repository that git itself cannot read: how it is found out, and what to type then.

import type { Context } from "../../context.ts";
import { parsed } from "../../guard/from-guest.ts";
import type { Target } from "../../target.ts";
import { DAMAGE } from "./guest/damage.ts";
import { callGuest } from "./guest.ts";

/** True when the guest says so; false also when it says nothing. Asked after something failed only: it reads everything. */
export async function isDamaged(ctx: Context, target: Target, dir: string): Promise<boolean> {
  const said = await callGuest(ctx, target, { text: DAMAGE, args: [dir] }).catch(() => undefined);
  return said !== undefined && parsed(said, saysDamaged);
}

const saysDamaged = (answer: string): boolean => answer === "damaged\0";

/** Not through the branch's own command, which would look at the repository before it runs anything. */
export const fsckHint = (dir: string): string =>
  `See what is broken: agent-vm connect -- git -C workspace/${dir} fsck --full`;
