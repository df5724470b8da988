// Carries out a setup plan, step by step, each named before it runs.
import { dirname, join } from "node:path";
import { ACCOUNT } from "../../adapters/account.ts";
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { findProgram } from "../../io/which.ts";
import { buildLimactl } from "./build-limactl.ts";
import { runStep } from "./log.ts";
import { installPackages } from "./packages.ts";
import { describeStep, type Plan, type SetupStep } from "./plan.ts";

const BACKPORTS_FILE = "/etc/apt/sources.list.d/agent-vm-backports.sources";
const BACKPORTS = `Types: deb
URIs: http://deb.debian.org/debian
Suites: bookworm-backports
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`;
const RANGE = 65_536;

export async function applyPlan(ctx: Context, plan: Plan): Promise<void> {
  const become = await rootPrefix(ctx, plan.steps);
  const prepared = { refreshed: false };
  for (const step of plan.steps) await applyStep(ctx, { step, become, prepared });
}

interface Applied {
  step: SetupStep;
  /** Put before a command that needs root. */
  become: readonly string[];
  /** apt's lists have been fetched by this run. */
  prepared: { refreshed: boolean };
}

async function applyStep(ctx: Context, applied: Applied): Promise<void> {
  const { step, become, prepared } = applied;
  const title = describeStep(step);
  const asRoot = (argv: readonly string[], input?: string) =>
    runStep(ctx, { title, argv: [...become, ...argv], ...(input !== undefined && { options: { input } }) });
  switch (step.kind) {
    case "packages":
      return installPackages(ctx, step, { become, prepared });
    case "backports":
      await asRoot(["tee", BACKPORTS_FILE], BACKPORTS);
      prepared.refreshed = false;
      return;
    case "account":
      await asRoot(accountArguments(dirname(ctx.paths.limaHome)));
      return;
    case "directories":
      return makeDirectories(ctx, title);
    case "kvm-group":
      await asRoot(["usermod", "--append", "--groups", step.group, ACCOUNT]);
      return;
    case "subordinate-ids": {
      const range = `${step.first}-${step.first + RANGE - 1}`;
      await asRoot(["usermod", "--add-subuids", range, "--add-subgids", range, step.user]);
      return;
    }
    case "brew":
      await runStep(ctx, { title, argv: ["brew", "install", ...step.names] });
      return;
    case "limactl":
      await buildLimactl(ctx);
  }
}

const accountArguments = (home: string): string[] => [
  ...["useradd", "--system", "--user-group", "--home-dir", home, "--no-create-home"],
  ...["--shell", "/usr/sbin/nologin", ACCOUNT],
];

/** Its state is its own; the cache is root's, and it reads there. */
async function makeDirectories(ctx: Context, title: string): Promise<void> {
  const { limaHome, cache } = ctx.paths;
  const own = ["install", "-d", "-o", ACCOUNT, "-g", ACCOUNT, "-m"];
  await runStep(ctx, { title, argv: [...own, "0755", dirname(limaHome)] });
  await ctx.run([...own, "0700", limaHome]);
  await ctx.run(["install", "-d", "-m", "0755", cache, join(cache, "images"), join(cache, "limactl")]);
}

const NEEDS_ROOT: readonly SetupStep["kind"][] = ["packages", "backports", "subordinate-ids"];

/** Asks for sudo's password once, on the terminal, so that no later step waits for it unseen. */
async function rootPrefix(ctx: Context, steps: readonly SetupStep[]): Promise<readonly string[]> {
  if (ctx.uid === 0 || !steps.some(({ kind }) => NEEDS_ROOT.includes(kind))) return [];
  const sudo = await findProgram("sudo", ctx.env);
  const asked = sudo && (await ctx.run([sudo, "-n", "true"], { ok: "any" })).code !== 0;
  if (sudo && asked && ctx.confirm.possible) await ctx.run([sudo, "-v"], { terminal: true, ok: "any" });
  if (sudo && (await ctx.run([sudo, "-n", "true"], { ok: "any" })).code === 0) return [sudo, "-n"];
  throw new UserError("Some steps need root, and sudo does not allow them without a password here.", {
    details: steps.filter(({ kind }) => NEEDS_ROOT.includes(kind)).map(describeStep),
    hint: "Run it on a terminal, or have an administrator do these steps: agent-vm setup",
    exit: EXIT.notReady,
  });
}
