// Which limactl is used: a good one from PATH, else the one that `agent-vm setup` has built.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { nobodyArgv } from "../../adapters/account.ts";
import type { Context } from "../../context.ts";
import { executable, findProgram, searchPath } from "../../io/which.ts";
import { goodLimactl, LIMACTL_WANTED } from "./version.ts";

type Host = Pick<Context, "run" | "paths" | "uid" | "env" | "programDir">;

/** Absolute path of a limactl that is new enough and that an ordinary account can run; cheap. */
export async function locateLimactl(host: Host): Promise<string | undefined> {
  const found = await findProgram("limactl", host.env);
  if (found && (await isGood(host, found))) return found;
  const built = await builtLimactl(host);
  return (await executable(built)) ? built : undefined;
}

/** Where the limactl built from the pinned modules lies, or will lie. Its name says what it is made of. */
export async function builtLimactl(host: Pick<Host, "paths" | "programDir">): Promise<string> {
  const hash = createHash("sha256");
  for (const file of ["go.mod", "go.sum"]) hash.update(await readFile(join(moduleDirectory(host), file)));
  const name = `${LIMACTL_WANTED}-${hash.digest("hex").slice(0, 12)}`;
  return join(host.paths.cache, "limactl", name, "bin", "limactl");
}

/** The module that pins limactl's version and the hash of everything it is built from. */
export const moduleDirectory = (host: Pick<Host, "programDir">): string =>
  join(host.programDir, "lima", "limactl");

async function isGood(host: Host, path: string): Promise<boolean> {
  const options = { ok: "any" as const, cwd: "/", env: { PATH: searchPath(host.env), HOME: "/" } };
  const answer = await host.run(nobodyArgv(host.uid, [path, "--version"]), options);
  return answer.code === 0 && goodLimactl(answer.stdout);
}
