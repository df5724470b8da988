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
  /** Starts what sshfs shall take for ssh; ssh's arguments are added to it. */
  guard: readonly string[];
}

/** `sshfs -f …`: in the foreground, so that it stays in the process group it was started in. */
export function sshfsArgv(target: Target, { mountpoint, options, guard }: Mounting): string[] {
  // sshfs changes to / and would look for a relative configuration file there.
  if (!target.configFile.startsWith("/")) throw new RangeError("the ssh configuration file must be absolute");
  const source = `${target.alias}:${ROOT}`;
  const all = [...options, option(`ssh_command=${guard.map(word).join(" ")}`)];
  return ["sshfs", "-f", "-F", target.configFile, source, mountpoint, "-o", all.join(",")];
}

/** sshfs cuts ssh_command at spaces that no backslash precedes. */
const word = (text: string): string => text.replace(/[\\ ]/g, "\\$&");

/** libfuse cuts options at commas that no backslash precedes. */
const option = (text: string): string => text.replace(/[\\,]/g, "\\$&");
