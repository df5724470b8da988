// Builds the Context of one command from the world, the global options and the settings.
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import type { Command } from "commander";
import type { World } from "./cli.ts";
import type { Context } from "./context.ts";
import { loadSettings } from "./domain/load-settings.ts";
import { DEFAULT_VM, parseVmName, pathsFor } from "./domain/paths.ts";
import { sessionVariables } from "./domain/session/environment.ts";
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

export async function createContext(
  world: World,
  command: Command,
  afterDashes: readonly string[] | undefined,
): Promise<Context> {
  const options = command.optsWithGlobals<GlobalOptions & Record<string, unknown>>();
  const { env, uid, stdout, stderr, stdin } = world;
  const paths = pathsFor(parseVmName(options.vm ?? env["AGENT_VM_NAME"] ?? DEFAULT_VM), { uid, env });
  // Elsewhere than in our own state the sockets' directory may be another user's trap.
  if (!paths.sockets.startsWith(paths.state)) await refuseShared(paths.sockets, uid);
  const out = createOutput({
    stdout,
    stderr,
    terminal: stderr.isTTY === true && env["TERM"] !== "dumb",
    columns: stderr.columns ?? 80,
    quiet: options.quiet === true,
    verbose: options.verbose === true,
    ascii: asciiStreams(world),
  });
  const canAsk = stdin.isTTY === true && stderr.isTTY === true && options.input;
  const settings = await loadSettings(paths.configFile, env, options);
  // Without the list of names nothing is sent either.
  await sessionVariables({ env, settings, programDir: world.programDir }).catch(() => undefined);
  let target: Promise<Target> | undefined;
  const ctx: Context = {
    ...world,
    paths,
    settings,
    flags: {
      yes: options.yes === true,
      acceptSecrets: options.acceptSecrets === true,
      ...(options.repo !== undefined && { repo: resolve(world.cwd, options.repo) }),
    },
    out,
    confirm: createConfirm(canAsk),
    run: options.verbose ? traced(realRun, out) : realRun,
    interactive: stdin.isTTY === true && stdout.isTTY === true,
    columns: stdout.columns,
    standardInput: stdin.isTTY === true ? undefined : () => text(stdin),
    afterDashes,
    commandLine: `agent-vm ${command.name()}`,
    target: (options) => {
      target ??= import("./domain/vm/target.ts").then(({ reachVm }) => reachVm(ctx, options));
      return target;
    },
  };
  return ctx;
}
