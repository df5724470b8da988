// The user's own files for the agent's home: a directory, or files one by one; never credentials.
import { realpath, stat } from "node:fs/promises";
import { dirname, posix, resolve } from "node:path";
import type { Context } from "../../context.ts";
import { holdsPrivateKey, isCredential } from "./credentials.ts";
import { type HomeFile, MAX_ALL, readPlain, readTree, refused } from "./files.ts";

/** Nothing is read unless the setting `home` names it. Throws UserError (2) with the file that cannot go there. */
export async function additions(ctx: Context): Promise<HomeFile[]> {
  const { from, files = [] } = ctx.settings.home ?? {};
  const found: HomeFile[] = [];
  if (from !== undefined) found.push(...(await directory(hostPath(ctx, from))));
  for (const line of files) found.push(...(await listed(ctx, line)));
  for (const file of found) check(file);
  if (found.reduce((sum, { content }) => sum + content.length, 0) > MAX_ALL) {
    throw refused(`The files for the agent's home are larger than ${MAX_ALL / 1024 / 1024} MiB together.`);
  }
  return found;
}

/** Paths of settings are the configuration file's neighbours, or begin with "~/". */
const hostPath = (ctx: Context, path: string): string =>
  path.startsWith("~/")
    ? resolve(ctx.paths.home, path.slice(2))
    : resolve(dirname(ctx.paths.configFile), path);

const refuseCredential = (path: string, real: string): void => {
  if (isCredential(path) || isCredential(real)) {
    throw refused(`${real} looks like a credential by its name, and credentials do not go into the VM.`);
  }
};

async function directory(root: string): Promise<HomeFile[]> {
  const facts = await stat(root).catch(() => undefined);
  if (!facts?.isDirectory()) throw refused(`${root} is no directory.`);
  return readTree(root, refuseCredential);
}

/** "SOURCE -> PLACE": a file or a directory of the host, and where it goes in the agent's home. */
async function listed(ctx: Context, line: string): Promise<HomeFile[]> {
  const [from = "", to = ""] = line.split(" -> ").map((part) => part.trim());
  const place = to.startsWith("~/") ? to.slice(2) : to;
  const named = hostPath(ctx, from);
  const real = await realpath(named).catch(() => undefined);
  if (real === undefined) throw refused(`${named} does not exist.`);
  refuseCredential(named, real);
  if (!(await stat(real)).isDirectory()) return [await readPlain(real, place)];
  return (await readTree(real, refuseCredential)).map((file) => ({
    ...file,
    path: posix.join(place, file.path),
  }));
}

/** Where agent-vm's own things are, what opens the account to others, and the workspaces. */
const OURS = /^(\.ssh|workspace|\.config\/agent-vm|\.local\/state\/agent-vm|\.agent-vm[^/]*)(\/|$)/;

function check({ path, content }: HomeFile): void {
  const plain =
    /^[^\p{Cc}\\]+$/u.test(path) && posix.normalize(path) === path && !/^(\/|\.\.(\/|$)|~)/.test(path);
  const ends = path.trim() !== path || path.endsWith("/");
  if (!plain || ends) throw refused(`"${path}" cannot be a path in the agent's home.`);
  if (OURS.test(path)) throw refused(`"${path}" is agent-vm's own place in the agent's home.`);
  if (isCredential(path)) throw refused(`"${path}" is where a credential would be.`);
  if (holdsPrivateKey(content)) throw refused(`The file for "${path}" holds a private key.`);
}
