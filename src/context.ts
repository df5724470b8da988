// What a command gets to work with. Everything that touches the world is injected here.
import type { Paths } from "./domain/paths.ts";
import type { Settings } from "./domain/settings.ts";
import type { UserError } from "./errors.ts";
import type { Confirm } from "./io/confirm.ts";
import type { Output } from "./io/output.ts";
import type { Run } from "./io/run.ts";
import type { Target } from "./target.ts";

export interface GlobalFlags {
  /** Answers questions where nothing can be lost or leaked. */
  yes: boolean;
  /** Secrets that a push or fetch finds go on all the same. */
  acceptSecrets?: boolean;
  /** The repository, when it is not the one around the current directory. */
  repo?: string;
}

export interface TargetOptions {
  existing?: boolean;
  running?: boolean;
}

export interface Context {
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  uid: number;
  paths: Paths;
  platform: NodeJS.Platform;
  arch: NodeJS.Architecture;
  /** Where this program's own data (lima/, common/) lies. */
  programDir: string;
  /** The argument list that starts this program again. */
  self: readonly string[];
  settings: Settings;
  /** Settings that an option or a variable gave: a project's file does not choose those. */
  given?: ReadonlySet<string>;
  /** Why `settings` are the defaults alone; only for commands that ask for that, to repair or to report it. */
  settingsProblem?: UserError | undefined;
  flags: GlobalFlags;
  out: Output;
  confirm: Confirm;
  run: Run;
  /** Standard input and output are terminals. */
  interactive: boolean;
  /** Characters in a line of the terminal that answers go to; undefined when they go elsewhere, or it tells no size. */
  columns?: number | undefined;
  /** Everything on standard input as text; undefined when that is a terminal. */
  standardInput?: (() => Promise<string>) | undefined;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
  /** The words after `--`, for `connect`; undefined without `--`. */
  afterDashes: readonly string[] | undefined;
  /** What the user typed, for locks and logs: "agent-vm start". */
  commandLine: string;
  /**
   * The VM, up and provisioned; starts it when needed. Lazy: nothing is woken by `--help`. With `existing`, a missing
   * VM is not made for it but a UserError (3); with `running`, a stopped one is not started either.
   */
  target(options?: TargetOptions): Promise<Target>;
  /**
   * Begins to ask whether the VM's shared connection lives, for a command that will want the target soon. `ask`: a
   * question over that connection alone; that it was answered says the same, and nothing else is asked then.
   */
  lookForTarget?: (ask?: (target: Target) => Promise<boolean>) => void;
}

/** What needs no settings, so that a mistake in them keeps nobody from help, and nothing is read for it. */
export type Lean = Omit<Context, "settings" | "confirm" | "target" | "lookForTarget">;
