// Installs once more, on purpose, and says which versions that changed.
import { runScript } from "../../adapters/ssh.ts";
import type { Context } from "../../context.ts";
import { EXIT, ToolError, UserError } from "../../errors.ts";
import { withLock } from "../../io/lock.ts";
import { sshArgv, type Target } from "../../target.ts";
import { FORGET_STEPS } from "./guest-scripts.ts";
import { logTo } from "./log.ts";
import { vmLock } from "./observe.ts";
import { withProxy } from "./proxy-forward.ts";
import { agentPackages, installedSoftware, stepsOf } from "./read-software.ts";
import { distrust } from "./record.ts";
import { type Change, changes } from "./software.ts";
import { lockOptions, startVm } from "./start.ts";

export type Scope = "agents" | "system" | "all";

/** As root. */
const UPGRADE_DEBIAN = `
export DEBIAN_FRONTEND=noninteractive
apt-get -o DPkg::Lock::Timeout=300 update &&
apt-get -o DPkg::Lock::Timeout=300 --yes full-upgrade &&
apt-get clean
`;

/** As the agent; arguments: npm packages. */
const INSTALL_LATEST = `
exec npm install --global --prefix "$HOME/.local" --no-audit --no-fund --loglevel=error "$@"
`;

/** `latest`: the agents' newest versions instead of those that this version of agent-vm was tried with. */
export async function upgrade(ctx: Context, scope: Scope, latest: boolean): Promise<Change[]> {
  const target = await ctx.target({ existing: true });
  const before = await installedSoftware(ctx, target);
  if (scope !== "agents") await upgradeDebian(ctx, target);
  await withLock(vmLock(ctx), lockOptions(ctx), () => forget(ctx, target, stepsOf(scope)));
  await startVm(ctx);
  if (latest && scope !== "system") await installLatest(ctx, target);
  return changes(before, await installedSoftware(ctx, target));
}

async function forget(ctx: Context, target: Target, steps: readonly string[]): Promise<void> {
  await distrust(ctx.paths);
  await runScript(ctx.run, target, { text: FORGET_STEPS, args: steps }, { admin: true, signal: ctx.signal });
}

async function upgradeDebian(ctx: Context, target: Target): Promise<void> {
  await inGuest(ctx, target, {
    title: "upgrade Debian's packages",
    argv: ["sudo", "-n", "sh", "-c", UPGRADE_DEBIAN],
    admin: true,
  });
}

async function installLatest(ctx: Context, target: Target): Promise<void> {
  const agents = await agentPackages(ctx);
  await inGuest(ctx, target, {
    title: "install the agents' newest versions",
    argv: ["sh", "-c", INSTALL_LATEST, "agent-vm", ...agents.map((name) => `${name}@latest`)],
    admin: false,
  });
}

interface Work {
  title: string;
  argv: readonly string[];
  admin: boolean;
}

async function inGuest(ctx: Context, target: Target, { title, argv, admin }: Work): Promise<void> {
  const step = ctx.out.step(title);
  try {
    const log = await logTo(ctx, "provision");
    await withProxy(ctx, target, () =>
      ctx.run(sshArgv(target, argv, { admin }), { onLine: step.update, signal: ctx.signal, ...log }),
    );
    step.done();
  } catch (error) {
    step.failed();
    if (!(error instanceof ToolError)) throw error;
    throw new UserError(`This failed in the VM: ${title}.`, {
      details: error.failure.stderrTail.split("\n").filter(Boolean),
      hint: "Nothing else was changed; the whole log: agent-vm logs provision",
      exit: EXIT.failed,
      cause: error,
    });
  }
}
