// The parts of a report, as they are: whoever calls this takes out what nobody else may read.
import { readFile } from "node:fs/promises";
import { cpus, release, totalmem } from "node:os";
import { qemuSystem } from "../../adapters/qemu.ts";
import type { Context } from "../../context.ts";
import { nodeVersion } from "../../io/runtime.ts";
import { findProgram } from "../../io/which.ts";
import { merged } from "../config/layers.ts";
import { problemLines, type Shape, shapeAt } from "../config/problems.ts";
import { type Check, hostChecks } from "../host/doctor.ts";
import { locateLimactl } from "../host/limactl.ts";
import { readLayers } from "../load-settings.ts";
import { SETTING_NAMES, variableOf } from "../setting-rules.ts";
import { settingsSchema } from "../settings.ts";
import { vmChecks } from "../vm/doctor.ts";
import { gatherStatus } from "../vm/status.ts";
import { logEnds } from "./logs.ts";
import { type Known, standInOf } from "./stand-ins.ts";

export interface Part {
  title: string;
  text: string;
}

/** Milliseconds that one part may take: a VM that hangs is what is often reported. */
const PATIENCE = 90_000;

/** Each part for itself: what fails is said in its place. */
export async function gatherParts(ctx: Context, known: Known, version: string): Promise<Part[]> {
  const parts: readonly (readonly [string, () => Promise<string>])[] = [
    ["Versions", () => versions(ctx, version)],
    ["Settings", () => settings(ctx)],
    ["Doctor: this host", async () => checkLines(await hostChecks(ctx))],
    ["Doctor: the VM", async () => checkLines(await vmChecks(ctx))],
    ["Status", () => status(ctx, known)],
  ];
  const told = await Promise.all(parts.map(async ([title, make]) => ({ title, text: await inTime(make) })));
  return [...told, ...(await logEnds(ctx, known))];
}

async function inTime(make: () => Promise<string>): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`(no answer within ${PATIENCE / 1000} seconds)`), PATIENCE);
  });
  try {
    return await Promise.race([make(), late]);
  } catch (error) {
    return `(it could not be told: ${error instanceof Error ? error.message : String(error)})`;
  } finally {
    clearTimeout(timer);
  }
}

/** Programs of the host, and the word that makes each say its version. */
const ASKED = { git: "--version", ssh: "-V", sshfs: "--version", gitleaks: "version" };

async function versions(ctx: Context, version: string): Promise<string> {
  const system = await readFile("/etc/os-release", "utf8").catch(() => "");
  const lima = await locateLimactl(ctx).catch(() => undefined);
  const qemu = await findProgram(qemuSystem(ctx.arch), ctx.env);
  const programs: Record<string, readonly (string | undefined)[]> = {
    limactl: [lima, "--version"],
    qemu: [qemu, "--version"],
    ...Object.fromEntries(Object.entries(ASKED).map(([name, word]) => [name, [name, word]])),
  };
  const lines = await Promise.all(
    Object.entries(programs).map(async ([name, argv]) => `${name}: ${await versionOf(ctx, name, argv)}`),
  );
  return [
    `agent-vm: ${version}`,
    `Node.js: ${nodeVersion}`,
    `system: ${/^PRETTY_NAME="?([^"\n]*)/m.exec(system)?.[1] ?? ctx.platform}, kernel ${release()}, ${ctx.arch}`,
    `processors: ${cpus().length}, memory: ${Math.round(totalmem() / 2 ** 30)} GiB, as ${ctx.uid === 0 ? "root" : "a user"}`,
    `terminal: ${ctx.interactive ? "yes" : "no"}, TERM: ${ctx.env["TERM"] ?? "none"}, LANG: ${ctx.env["LANG"] ?? "none"}`,
    ...lines,
  ].join("\n");
}

async function versionOf(
  ctx: Context,
  name: string,
  [program, word = ""]: readonly (string | undefined)[],
): Promise<string> {
  if (program === undefined) return "not found";
  try {
    const { stdout, stderr } = await ctx.run([program, word], { ok: "any", timeout: 10_000 });
    const lines = `${stdout}\n${stderr}`.split("\n").filter(Boolean);
    // Some name what they stand on first.
    return lines.find((line) => line.toLowerCase().includes(name)) ?? lines[0] ?? "";
  } catch {
    return "not found";
  }
}

/** Values from closed lists, numbers and switches; of what the user wrote in his own words only that it is set. */
async function settings(ctx: Context): Promise<string> {
  const { settingsShape } = await import("../config/json-schema.ts");
  const schema = settingsShape();
  const layers = await readLayers(ctx.paths.configFile, ctx.env, {});
  const value = merged(layers);
  const lines = SETTING_NAMES.flatMap((name) => {
    const holder = layers.find(({ values }) => Object.hasOwn(values, name));
    if (!holder) return [];
    const from = holder.origin === "environment" ? variableOf(name) : "the user's file";
    const shape = shapeAt(schema, [name]);
    return [`${name}: ${shape ? closed(value[name], shape) : "set"} (${from})`];
  });
  const { error } = settingsSchema.safeParse(value);
  // Whose value is whose secret is not known: none is shown.
  const asked = { schema, value, placeOf: () => "wrong", secret: () => true };
  const wrong = error ? problemLines(error.issues, asked) : [];
  return [...lines, ...wrong].join("\n") || "only defaults";
}

function closed(value: unknown, shape: Shape): string {
  if (shape.properties && typeof value === "object" && value !== null) {
    const inner = Object.entries(value).map(([name, one]) => {
      const part = shape.properties?.[name];
      return part ? `${name}: ${closed(one, part)}` : "(another key)";
    });
    return `{ ${inner.join(", ")} }`;
  }
  const listed = (shape.enum ?? shape.items?.enum ?? []) as readonly unknown[];
  const own =
    shape.type === "integer"
      ? typeof value === "number"
      : shape.type === "boolean" && typeof value === "boolean";
  const known = [value].flat().every((one) => listed.includes(one));
  return own || (known && listed.length > 0) ? JSON.stringify(value) : "(set)";
}

const checkLines = (checks: readonly Check[]): string =>
  checks
    .map(({ ok, note, name, detail }) => `${ok ? "ok" : note ? "note" : "FAILED"}  ${name}: ${detail}`)
    .join("\n");

/** No name, title or commit of anybody's work. */
async function status(ctx: Context, known: Known): Promise<string> {
  const { workspaces, sessions, keeper, mount, ...vm } = await gatherStatus(ctx);
  const told = {
    ...vm,
    vm: undefined,
    // A path of the user's own, or an address.
    image: ["auto", "build", undefined].includes(vm.image) ? vm.image : "(set)",
    busy: vm.busy?.command.split(" ").slice(0, 2).join(" "),
    mount: { condition: mount.condition, wanted: mount.wanted, closed: mount.closed?.kind },
    keeper: keeper && { sessions: keeper.sessions, connected: keeper.connected, mount: keeper.mount },
    workspaces: workspaces.map(
      ({ dir, state, verdict, changed, untracked, ignored, stashes, operations }) => ({
        workspace: standInOf(known, "workspace", dir),
        ...{ state, verdict: verdict?.kind, changed, untracked, ignored, stashes, operations },
      }),
    ),
    sessions: sessions?.map(({ kind, state, dir }) => ({
      kind,
      state,
      workspace: standInOf(known, "workspace", dir),
    })),
  };
  return JSON.stringify(told, null, 2);
}
