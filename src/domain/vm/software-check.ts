// What `doctor` says of the VM's software: missing, or in another version than the lists say.

import { runScript } from "../../adapters/ssh.ts";
import type { Context } from "../../context.ts";
import { ToolError } from "../../errors.ts";
import { parsed } from "../../guard/from-guest.ts";
import type { Target } from "../../target.ts";
import type { Check } from "../host/doctor.ts";
import { PROBE } from "./guest-scripts.ts";
import { failedNames, parseProbe } from "./probe.ts";
import { installedSoftware, readWanted } from "./read-software.ts";
import { type Difference, drift, type Software } from "./software.ts";

/** Two round trips. */
export async function softwareChecks(ctx: Context, target: Target): Promise<Check[]> {
  try {
    const wanted = await readWanted(ctx);
    const installed = await installedSoftware(ctx, target);
    const { stdout } = await runScript(ctx.run, target, { text: PROBE }, { timeout: 20_000 });
    const failed = failedNames(parsed(stdout, parseProbe).failed);
    return [softwareCheck(drift(wanted, installed), failed), agentsCheck(wanted, installed)];
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    return [{ name: "software", ok: false, detail: "it could not be asked for", remedy: "agent-vm restart" }];
  }
}

/** `failed`: names that provisioning could not install. Pure. */
export function softwareCheck(found: readonly Difference[], failed: readonly string[]): Check {
  const missing = found.filter(({ installed }) => installed === undefined).map(({ name }) => name);
  const other = found
    .filter(({ installed }) => installed !== undefined)
    .map(({ name, installed, wanted }) => `${name} ${installed} instead of ${wanted}`);
  const absent = [...new Set([...missing, ...failed])];
  const parts = [
    ...(absent.length > 0 ? [`not installed: ${absent.join(", ")}`] : []),
    ...(other.length > 0 ? [`other versions: ${other.join(", ")}`] : []),
  ];
  return {
    name: "software",
    ok: parts.length === 0,
    detail: parts.length === 0 ? "as the lists say" : parts.join("; "),
    remedy: "agent-vm upgrade; or leave it out with the setting `without`",
  };
}

function agentsCheck(wanted: readonly Software[], installed: ReadonlyMap<string, string>): Check {
  const agents = wanted.filter(({ kind }) => kind === "npm");
  const there = agents.flatMap(({ name }) => {
    const version = installed.get(`npm ${name}`);
    return version === undefined ? [] : [`${name} ${version}`];
  });
  return {
    name: "agents",
    ok: there.length > 0 || agents.length === 0,
    detail: there.length > 0 ? there.join(", ") : "none",
    remedy: "agent-vm upgrade agents",
  };
}
