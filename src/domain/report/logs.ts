// The ends of the logs that this host keeps of a VM; nothing that ran in it is asked.
import { constants } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { SERIAL_LOGS } from "../../adapters/limactl.ts";
import type { Context } from "../../context.ts";
import type { Part } from "./gather.ts";
import { type Known, standInOf } from "./stand-ins.ts";

const MAX_LINES = 200;
const MAX_BYTES = 128 * 1024;
const OF_LIMA = [...SERIAL_LOGS, "ha.stderr.log", "ha.stdout.log"];

export async function logEnds(ctx: Context, known: Known): Promise<Part[]> {
  const instance = join(ctx.paths.limaHome, ctx.paths.vm);
  const own = (await readdir(ctx.paths.logs).catch(() => [])).filter((name) => name.endsWith(".log")).sort();
  const files = [
    ...own.map((name) => join(ctx.paths.logs, name)),
    ...OF_LIMA.map((name) => join(instance, name)),
  ];
  const ends = await Promise.all(files.map(async (path) => ({ path, text: await endOf(path) })));
  return ends.flatMap(({ path, text }) => (text ? [{ title: `Log: ${titleOf(path, known)}`, text }] : []));
}

/** A set-up's log has its workspace's name. */
function titleOf(path: string, known: Known): string {
  const name = basename(path);
  const dir = /^setup-(.+)\.log$/.exec(name)?.[1];
  return dir === undefined ? name : `setup-${standInOf(known, "workspace", dir)}.log`;
}

/** The last lines; undefined for what is no file of its own: a link or a pipe is not read. */
async function endOf(path: string): Promise<string | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    () => undefined,
  );
  if (file === undefined) return undefined;
  try {
    const found = await file.stat();
    if (!found.isFile()) return undefined;
    const from = Math.max(0, found.size - MAX_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(found.size, MAX_BYTES)), {
      position: from,
    });
    const text = buffer.toString("utf8", 0, bytesRead);
    // Whole lines: half a secret is found by nobody.
    const whole = from === 0 ? text : text.slice(text.indexOf("\n") + 1);
    return whole
      .split("\n")
      .slice(-MAX_LINES - 1)
      .join("\n")
      .trim();
  } catch {
    return undefined;
  } finally {
    await file.close();
  }
}
