// What a user's programs on the host meet in the mount, and a plain mount of the same guest to compare with.
import { mkdtemp, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { VM, type World } from "../world.ts";

export interface Done {
  code: number | undefined;
  text: string;
  seconds: number;
  /** It had to be given up. */
  hung: boolean;
}

/** A program of the user's, in their home's environment; seconds until it is given up. */
export async function does(world: World, command: string, limit = 20): Promise<Done> {
  const since = Date.now();
  const child = execa("sh", ["-c", command], {
    cwd: "/",
    env: world.env,
    extendEnv: false,
    reject: false,
    input: "",
    all: true,
    // What it started may hang in the kernel: nobody waits for its end.
    detached: true,
    cleanup: false,
  });
  const over = new Promise<undefined>((resolve) =>
    setTimeout(() => resolve(undefined), limit * 1000).unref(),
  );
  const result = await Promise.race([child, over]);
  if (!result && child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  const seconds = (Date.now() - since) / 1000;
  return { code: result?.exitCode, text: result?.all ?? "", seconds, hung: !result };
}

/** The same directory by sshfs alone, with such options; the work gets its path. */
export async function plainly<T>(
  world: World,
  options: string,
  work: (at: string) => Promise<T>,
): Promise<T> {
  const at = await mkdtemp(join(tmpdir(), "avm-plain-"));
  const config = join(world.state, "ssh_config");
  await execa("sshfs", [`${VM}:workspace`, at, "-F", config, "-o", `ControlPath=none,${options}`], {
    env: world.env,
    extendEnv: false,
  });
  try {
    return await work(at);
  } finally {
    await execa("umount", ["-l", at], { reject: false });
    await rmdir(at);
  }
}

/** sshfs before 3.7.6 refuses no link, and has no option for it. */
export async function withLinks(): Promise<string> {
  const { stdout, stderr } = await execa("sshfs", ["--help"], { reject: false });
  return `${stdout}${stderr}`.includes("no_contain_symlinks") ? "no_contain_symlinks" : "rw";
}
