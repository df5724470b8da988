// `doctor --fix`: what can be put right without a decision of the user's.
import { runScript } from "../../../adapters/ssh.ts";
import type { Context } from "../../../context.ts";
import type { Check, Fix } from "../../host/doctor.ts";
import { forbidBareRepositories } from "../../host/git-safety.ts";
import { keepMounted } from "../../mount/keep.ts";
import { FORGET_STEPS } from "../guest-scripts.ts";
import { distrust } from "../record.ts";
import { targetFor } from "../ssh-config.ts";
import { startVm } from "../start.ts";

/** As vmadmin. */
const RESTART_RESOLVER = "sudo -n systemctl restart systemd-resolved.service systemd-networkd.service";

/** Applies each fix that failed checks ask for, once, in a sensible order; what was done, as sentences. */
export async function fix(ctx: Context, checks: readonly Check[]): Promise<string[]> {
  const wanted = new Set(checks.flatMap((check) => (check.ok || check.fix === undefined ? [] : [check.fix])));
  const done: string[] = [];
  for (const [name, { title, apply }] of Object.entries(FIXES) as [Fix, Repair][]) {
    if (!wanted.has(name)) continue;
    if ((await apply(ctx)) !== false) done.push(title);
  }
  return done;
}

interface Repair {
  title: string;
  /** Gives false when the user did not agree. */
  apply(ctx: Context): Promise<unknown>;
}

const admin = (ctx: Context, text: string, args: readonly string[] = []) =>
  runScript(ctx.run, targetFor(ctx.paths), { text, args }, { admin: true, signal: ctx.signal });

const BARE_QUESTION = "Shall git take bare repositories only by --git-dir (safe.bareRepository=explicit)?";

const FIXES: Record<Fix, Repair> = {
  resolver: { title: "restarted the resolver in the VM", apply: (ctx) => admin(ctx, RESTART_RESOLVER) },
  profile: {
    title: "put the profile in force again",
    apply: async (ctx) => {
      await distrust(ctx.paths);
      await admin(ctx, FORGET_STEPS, ["85-profile"]);
      await startVm(ctx);
    },
  },
  start: { title: "ran the steps that were due and set the clock", apply: (ctx) => startVm(ctx) },
  "bare repositories": {
    title: "set safe.bareRepository=explicit in your git configuration",
    apply: async (ctx) => {
      const agreed = ctx.flags.yes || (await ctx.confirm.ask(BARE_QUESTION));
      if (agreed) await forbidBareRepositories(ctx);
      return agreed;
    },
  },
  mount: {
    title: "mounted the workspaces",
    apply: async (ctx) => keepMounted(ctx, targetFor(ctx.paths), { probe: true }),
  },
};
