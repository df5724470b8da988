// Installs Debian packages; apt's lists are fetched only when they do not serve.
import type { Context } from "../../context.ts";
import { runStep } from "./log.ts";
import { describeStep, type SetupStep } from "./plan.ts";

type Packages = Extract<SetupStep, { kind: "packages" }>;

interface Means {
  become: readonly string[];
  prepared: { refreshed: boolean };
}

const ENVIRONMENT = ["env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8"];
/** Another apt at work (an automatic update) is waited for. */
const PATIENT = ["-o", "DPkg::Lock::Timeout=300"];

export async function installPackages(ctx: Context, step: Packages, means: Means): Promise<void> {
  const apt = (...args: readonly string[]) => [
    ...means.become,
    ...ENVIRONMENT,
    "apt-get",
    ...PATIENT,
    ...args,
  ];
  const refresh = async () => {
    await runStep(ctx, { title: "fetch apt's package lists", argv: apt("update") });
    means.prepared.refreshed = true;
  };
  await finishInterrupted(ctx, means.become);
  const release = step.release === undefined ? [] : ["--target-release", step.release];
  const install = apt("install", "--yes", "--no-install-recommends", ...release, "--", ...step.names);
  if (!means.prepared.refreshed && !(await simulated(ctx, install))) await refresh();
  try {
    await runStep(ctx, { title: describeStep(step), argv: install });
  } catch (error) {
    // Old lists name files that the archive has not any more.
    if (means.prepared.refreshed) throw error;
    await refresh();
    await runStep(ctx, { title: describeStep(step), argv: install });
  }
}

/** After a Ctrl-C in the middle of an installation apt refuses everything until dpkg has finished it. */
async function finishInterrupted(ctx: Context, become: readonly string[]): Promise<void> {
  const { stdout } = await ctx.run(["dpkg", "--audit"], { ok: "any" });
  if (stdout.trim() === "") return;
  const argv = [...become, ...ENVIRONMENT, "dpkg", "--configure", "--pending"];
  await runStep(ctx, { title: "finish an interrupted installation", argv });
}

/** True when apt knows, from the lists it has, how to install all of it. */
async function simulated(ctx: Context, install: readonly string[]): Promise<boolean> {
  const place = install.indexOf("--yes");
  const dry = install.toSpliced(place, 0, "--simulate");
  return (await ctx.run(dry, { ok: "any" })).code === 0;
}
