// Reads what the provisioning steps need: their scripts, package lists, the host's extra certificates, our key.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { identityFile } from "../../adapters/limactl.ts";
import type { GuestFile } from "../../adapters/sftp.ts";
import type { Context } from "../../context.ts";
import { homeInputs } from "../home/inputs.ts";
import { hostAuthorities } from "./authorities.ts";
import { guestLimactl } from "./guest-limactl.ts";
import { profileFiles } from "./profile-inputs.ts";
import { proxyFiles } from "./proxy-inputs.ts";
import { readRecord } from "./record.ts";
import { agentUid, type Inputs, makeStep, STEPS, type Step } from "./steps.ts";

/** All steps that the settings ask for, in order, with scripts and inputs read. */
export async function loadSteps(ctx: Context): Promise<Step[]> {
  const inputs = await gatherInputs(ctx);
  const library = await readLibrary(ctx);
  const without: readonly string[] = ctx.settings.without;
  const wanted = STEPS.filter((step) => !(step.optional && without.includes(shortName(step.name))));
  return Promise.all(
    wanted.map(async (definition) => {
      const { directory, name } = definition;
      const script = await readFile(join(ctx.programDir, directory, `${name}.sh`), "utf8");
      return makeStep(definition, script, inputs, directory === "common/scripts" ? library : "");
    }),
  );
}

/** What the installers source. */
export const readLibrary = (ctx: Pick<Context, "programDir">): Promise<string> =>
  readFile(join(ctx.programDir, "common", "scripts", "lib.sh"), "utf8");

/** A step's name as the setting `without` has it: "containers" for "61-containers". */
export const shortName = (name: string): string => name.slice(name.indexOf("-") + 1);

async function gatherInputs(ctx: Context): Promise<Inputs> {
  const record = await readRecord(ctx.paths);
  const key = await readFile(`${identityFile(ctx.paths.limaHome)}.pub`, "utf8");
  // What the user adds stands below ours, one name a line as well.
  const list = async (name: string, own: readonly string[] = []): Promise<GuestFile[]> => {
    const ours = await readFile(join(ctx.programDir, "common", "packages", `${name}.txt`), "utf8");
    return [{ path: name, content: [ours.trimEnd(), ...own, ""].join("\n") }];
  };
  const { apt, npm, python } = ctx.settings.packages ?? {};
  return {
    ca: await hostAuthorities(ctx),
    proxy: proxyFiles(record),
    mirrors: [{ path: "mirrors", content: mirrorLines(ctx.settings.mirrors) }],
    aptCore: await list("apt-core"),
    aptPackages: await list("apt-packages", apt),
    aptContainers: await list("apt-containers"),
    aptNested: await list("apt-nested"),
    limactl: await guestLimactl(ctx),
    npmPackages: await list("npm-packages", npm),
    pythonPackages: await list("python-packages", python),
    versions: await list("versions"),
    agentUid: [{ path: "agent-uid", content: String(agentUid(ctx.uid)) }],
    authorizedKeys: [{ path: "authorized_keys", content: key }],
    home: await homeInputs(ctx),
    profile: profileFiles(record),
    vmName: [{ path: "vm-name", content: ctx.paths.vm }],
  };
}

/** One mirror a line: what a url begins with, and what stands there instead. */
const mirrorLines = (mirrors: Readonly<Record<string, string>>): string =>
  Object.entries(mirrors)
    .map(([from, to]) => `${from} ${to}\n`)
    .join("");
