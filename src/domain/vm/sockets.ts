// The directory of ssh's control sockets: whoever can write there can answer in the VM's place.
import { chmod, mkdir } from "node:fs/promises";
import type { Context } from "../../context.ts";
import { makePrivate } from "../../io/private-directory.ts";

/** Inside our own state it is closed to others; elsewhere somebody else may have made it, which is refused. */
export async function prepareSockets(ctx: Context): Promise<void> {
  const { state, sockets } = ctx.paths;
  if (!sockets.startsWith(state)) return makePrivate(sockets, ctx.uid);
  await mkdir(sockets, { recursive: true, mode: 0o700 });
  for (const directory of [state, sockets]) await chmod(directory, 0o700);
}
