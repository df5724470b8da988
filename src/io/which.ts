// Finds a program the way a shell does, and in the system's directories that users' PATH often lacks.
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { isAbsolute, join } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

const SYSTEM_DIRECTORIES = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** PATH with the system's directories at its end; relative entries are left out. */
export function searchPath(env: Environment): string {
  const own = (env["PATH"] ?? "").split(":").filter((directory) => isAbsolute(directory));
  return [...new Set([...own, ...SYSTEM_DIRECTORIES])].join(":");
}

/** Absolute path of a program; undefined when there is none. */
export const findProgram = (name: string, env: Environment): Promise<string | undefined> =>
  firstIn(searchPath(env), name);

/** The same for what another program of the user's starts, which looks into PATH alone. */
export const findInPath = (name: string, env: Environment): Promise<string | undefined> =>
  firstIn(env["PATH"] ?? "", name);

async function firstIn(directories: string, name: string): Promise<string | undefined> {
  for (const directory of directories.split(":")) {
    const path = join(directory, name);
    if (isAbsolute(directory) && (await executable(path))) return path;
  }
  return undefined;
}

export const executable = (path: string): Promise<boolean> => permits(path, constants.X_OK);

export const exists = (path: string): Promise<boolean> => permits(path, constants.F_OK);

async function permits(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}
