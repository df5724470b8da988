// The sshfs program: is it there, what can it do, and its argument list.
import { ToolError } from "../errors.ts";
import type { Run } from "../io/run.ts";
import type { Target } from "../target.ts";

export interface SshfsSupport {
  installed: boolean;
  /** Refuses symbolic links that lead out of the mount (3.7.6 and later, and patched older ones). */
  containSymlinks: boolean;
}

/** Asks the installed sshfs for its options; the list that `--help` prints is their only machine-readable form. */
export async function sshfsSupport(run: Run): Promise<SshfsSupport> {
  try {
    const { stdout, stderr } = await run(["sshfs", "--help"], { ok: "any", timeout: 5000 });
    return { installed: true, containSymlinks: /^\s+-o contain_symlinks\s/m.test(`${stdout}\n${stderr}`) };
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    return { installed: false, containSymlinks: false };
  }
}

/** What is mounted, below the account's home; also the beginning of every path that sshfs asks for. */
export const ROOT = "workspace";

export interface Mounting {
  mountpoint: string;
  options: readonly string[];
  /** Starts what sshfs shall take for ssh: a program, its file, and a word without spaces and commas. */
  guard: { program: string; file: string; setup: string };
}

/**
 * sshfs cuts ssh_command at spaces, and libfuse options at commas, with no way to write either: so the guard's paths
 * are in the environment. A tab is no place to cut.
 */
const GUARD = 'exec\t"$AGENT_VM_GUARD_PROGRAM"\t"$AGENT_VM_GUARD_FILE"\t"$@"';

export interface SshfsLine {
  argv: readonly string[];
  /** Belongs to the line: sshfs hands it on to the guard. */
  env: Readonly<Record<string, string>>;
}

/** `sshfs -f …`: in the foreground, so that it stays in the process group it was started in. */
export function sshfsLine(target: Target, { mountpoint, options, guard }: Mounting): SshfsLine {
  // sshfs changes to / and would look for a relative configuration file there.
  if (!target.configFile.startsWith("/")) throw new RangeError("the ssh configuration file must be absolute");
  if (!/^[\w-]+$/.test(guard.setup)) throw new RangeError("the guard's setup must be one plain word");
  const source = `${target.alias}:${ROOT}`;
  const all = [...options, `ssh_command=/bin/sh -c ${GUARD} sh ${guard.setup}`].join(",");
  return {
    argv: ["sshfs", "-f", "-F", target.configFile, source, mountpoint, "-o", all],
    env: { AGENT_VM_GUARD_PROGRAM: guard.program, AGENT_VM_GUARD_FILE: guard.file },
  };
}
