// How a session is left, told the first time alone.
import { access, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Context } from "../../context.ts";

export async function tellKeysOnce(ctx: Pick<Context, "paths" | "out">): Promise<void> {
  const told = join(ctx.paths.sharedState, "told", "session-keys");
  const already = await access(told).then(
    () => true,
    () => false,
  );
  if (already) return;
  ctx.out.say(
    "A session goes on in the VM when you leave it: Ctrl-b d. In it, Ctrl-b c opens a window, Ctrl-b n goes to the next, Ctrl-b [ scrolls back.",
  );
  await mkdir(dirname(told), { recursive: true, mode: 0o700 });
  await writeFile(told, "");
}
