// Keeps the file with the workspaces' ssh hosts as the VM is now, once the user's ssh configuration includes it.
import { readFile, rm } from "node:fs/promises";
import { identityFile } from "../../adapters/limactl.ts";
import type { Context } from "../../context.ts";
import { writeWhole } from "../../io/json-file.ts";
import type { Paths } from "../paths.ts";
import { portIn, type SshEndpoint } from "../vm/ssh-config.ts";
import { CHECK, checkScript, hostsText, includeLine } from "./hosts.ts";
import { placeOf } from "./include.ts";
import { readUserConfig } from "./user-config.ts";

/** Workspaces by their directories. */
export type Named = readonly { dir: string }[];

/** The truth is the line in the user's file, not a note of ours. */
export async function isIncluded(paths: Paths): Promise<boolean> {
  const text = await readUserConfig(paths);
  // Before the line is asked for, which not every path of ours can have.
  if (!text?.includes("ssh_hosts")) return false;
  return placeOf(text, includeLine(paths)) === "effective";
}

/** Where the VM listens, as its own ssh configuration has it; undefined when it was never started. */
export async function knownEndpoint(paths: Paths): Promise<SshEndpoint | undefined> {
  const port = portIn(await readFile(paths.sshConfig, "utf8").catch(() => ""));
  return port === undefined ? undefined : { port, identityFile: identityFile(paths.limaHome) };
}

/** Writes the hosts of one VM, or takes them away when it has none. */
export async function writeHosts(paths: Paths, workspaces: Named): Promise<void> {
  const endpoint = await knownEndpoint(paths);
  if (endpoint === undefined || workspaces.length === 0) return rm(paths.sshHosts, { force: true });
  const dirs = workspaces.map((one) => one.dir).sort();
  await writeWhole(checkScript(paths), CHECK);
  await writeWhole(paths.sshHosts, hostsText(paths, endpoint, dirs));
}

/** For commands that change the VM's port or its workspaces: what fails is a warning, for their own work is done. */
export async function refreshHosts(ctx: Pick<Context, "paths" | "out">, workspaces: Named): Promise<void> {
  try {
    if (await isIncluded(ctx.paths)) await writeHosts(ctx.paths, workspaces);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    ctx.out.warn(
      `The ssh hosts of the workspaces are not up to date. ${why} Once more: agent-vm ssh-config --install`,
    );
  }
}
