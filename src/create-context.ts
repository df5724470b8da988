// Builds the Context of one command from the world, the global options and the settings.
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import type { Command } from "commander";
import type { ContextOptions, World } from "./cli.ts";
import type { Context, Lean } from "./context.ts";
import { DEFAULT_VM, parseVmName, pathsFor } from "./domain/paths.ts";
import { UserError } from "./errors.ts";
import { asciiStreams } from "./io/charset.ts";
import { createConfirm } from "./io/confirm.ts";
import { createOutput } from "./io/output.ts";
import { refuseShared } from "./io/private-directory.ts";
import { run as realRun } from "./io/run.ts";
import { traced } from "./io/trace.ts";
import type { Target } from "./target.ts";

interface GlobalOptions {
  vm?: string;
  repo?: string;
  yes?: boolean;
  input: boolean;
  /** Only of push and fetch. */
  acceptSecrets?: boolean;
  quiet?: boolean;
  verbose?: boolean;
}

/** The options that decide where things are. */
export type Place = Pick<GlobalOptions, "vm" | "repo">;

/** The part of a Context that needs no settings. `place` stands in for the options of the command line. */
export async function createLean(
  world: World,
  command: Command,
  afterDashes: readonly string[] | undefined,
  place: Place = {},
): Promise<Lean> {
  const options = { ...command.optsWithGlobals<GlobalOptions>(), ...place };
  const { env, uid, stdout, stderr, stdin } = world;
  const paths = pathsFor(parseVmName(options.vm ?? env["AGENT_VM_NAME"] ?? DEFAULT_VM), { uid, env });
  // Elsewhere than in our own state the sockets' directory may be another user's trap.
  if (!paths.sockets.startsWith(paths.state)) await refuseShared(paths.sockets, uid);
  const out = createOutput({
    stdout,
    stderr,
    terminal: stderr.isTTY === true && env["TERM"] !== "dumb",
    columns: stderr.columns || 80,
    quiet: options.quiet === true,
    verbose: options.verbose === true,
    ascii: asciiStreams(world),
  });
  return {
    ...world,
    paths,
    flags: {
      yes: options.yes === true,
      acceptSecrets: options.acceptSecrets === true,
      ...(options.repo !== undefined && { repo: resolve(world.cwd, options.repo) }),
    },
    out,
    run: options.verbose ? traced(realRun, out) : realRun,
    interactive: stdin.isTTY === true && stdout.isTTY === true,
    columns: stdout.columns || undefined,
    standardInput: stdin.isTTY === true ? undefined : () => text(stdin),
    afterDashes,
    commandLine: `agent-vm ${command.name()}`,
  };
}

export async function createContext(
  world: World,
  command: Command,
  afterDashes: readonly string[] | undefined,
  { anySettings = false }: ContextOptions = {},
): Promise<Context> {
  const options = command.optsWithGlobals<GlobalOptions & Record<string, unknown>>();
  const lean = await createLean(world, command, afterDashes);
  const { env, stdin, stderr } = world;
  const canAsk = stdin.isTTY === true && stderr.isTTY === true && options.input;
  const chosen = await chooseSettings(lean.paths.configFile, env, options, anySettings);
  const { settings } = chosen;
  // Without the list of names nothing is sent either.
  const { sessionVariables } = await import("./domain/session/environment.ts");
  await sessionVariables({ env, settings, programDir: world.programDir }).catch(() => undefined);
  let living: Promise<Target | undefined> | undefined;
  const lookForTarget = (ask?: (target: Target) => Promise<boolean>) => {
    living ??= import("./domain/vm/target.ts").then(({ livingTarget }) => livingTarget(lean, ask));
    // Whoever wants the target hears of it.
    living.catch(() => undefined);
    return living;
  };
  let target: Promise<Target> | undefined;
  const ctx: Context = {
    ...lean,
    ...chosen,
    confirm: createConfirm(canAsk, { ascii: asciiStreams(world).stderr, signal: world.signal }),
    target: (options) => {
      target ??= lookForTarget().then(async (found) => {
        if (found !== undefined) return found;
        const { startedTarget } = await import("./domain/vm/target.ts");
        return startedTarget(ctx, options);
      });
      return target;
    },
    lookForTarget,
  };
  return ctx;
}

type Chosen = Required<Pick<Context, "settings" | "given" | "settingsProblem">>;

/** With `anySettings`, what cannot be is said in `settingsProblem` and the defaults hold. */
async function chooseSettings(
  file: string,
  env: World["env"],
  options: Readonly<Record<string, unknown>>,
  anySettings: boolean,
): Promise<Chosen> {
  const { readLayers, settingsFrom } = await import("./domain/load-settings.ts");
  try {
    const layers = await readLayers(file, env, options);
    const stronger = layers.filter(({ origin }) => origin !== "file");
    const given = new Set(stronger.flatMap(({ values }) => Object.keys(values)));
    return { settings: await settingsFrom(layers), given, settingsProblem: undefined };
  } catch (error) {
    if (!anySettings || !(error instanceof UserError)) throw error;
    const { settingsSchema } = await import("./domain/settings.ts");
    return { settings: settingsSchema.parse({}), given: new Set(), settingsProblem: error };
  }
}
