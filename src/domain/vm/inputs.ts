// Reads what the provisioning steps need: their scripts, package lists, the host's extra certificates, our key.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { identityFile } from "../../adapters/limactl.ts";
import type { GuestFile } from "../../adapters/sftp.ts";
import type { Context } from "../../context.ts";
import { agentUid, type Inputs, makeStep, STEPS, type Step } from "./steps.ts";

/** Where Debian and Ubuntu keep authorities that an administrator added. */
const HOST_AUTHORITIES = "/usr/local/share/ca-certificates";

/** All steps, in order, with scripts and inputs read. */
export async function loadSteps(ctx: Context): Promise<Step[]> {
  const inputs = await gatherInputs(ctx);
  const read = (name: string) => readFile(join(ctx.programDir, "lima", "provision", `${name}.sh`), "utf8");
  return Promise.all(
    STEPS.map(async (definition) => makeStep(definition, await read(definition.name), inputs)),
  );
}

async function gatherInputs(ctx: Context): Promise<Inputs> {
  const list = await readFile(join(ctx.programDir, "common", "packages", "apt-packages.txt"), "utf8");
  const packages = list.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const key = await readFile(`${identityFile(ctx.paths.limaHome)}.pub`, "utf8");
  return {
    ca: await certificates(HOST_AUTHORITIES),
    packages: [{ path: "packages", content: `${packages.join("\n")}\n` }],
    agentUid: [{ path: "agent-uid", content: String(agentUid(ctx.uid)) }],
    authorizedKeys: [{ path: "authorized_keys", content: key }],
    vmName: [{ path: "vm-name", content: ctx.paths.vm }],
  };
}

/** Certificates below a directory, under plain names of ours; none when the directory is missing. */
async function certificates(directory: string): Promise<GuestFile[]> {
  const names = await readdir(directory, { recursive: true }).catch(() => []);
  const found = names.filter((name) => name.endsWith(".crt")).sort();
  return Promise.all(
    found.map(async (name, index) => ({
      path: `ca/host-${String(index).padStart(3, "0")}.crt`,
      content: await readFile(join(directory, name)),
    })),
  );
}
