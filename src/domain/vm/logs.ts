// Shows log files. Console bytes come from the VM, so every line is cleaned before it is shown.
import { access } from "node:fs/promises";
import { join } from "node:path";
import { SERIAL_LOGS } from "../../adapters/limactl.ts";
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { provisionLog } from "./run-step.ts";

/** Lines shown of an older log before following it. */
const RECENT = "200";

export async function showLog(ctx: Context, kind: "vm" | "provision", follow: boolean): Promise<void> {
  const files = kind === "provision" ? [provisionLog(ctx)] : await consoleLogs(ctx);
  const present: string[] = [];
  for (const file of files) if (await exists(file)) present.push(file);
  if (present.length === 0) {
    throw new UserError(`There is no ${kind} log yet.`, {
      hint: "Start the VM: agent-vm start",
      exit: EXIT.failed,
    });
  }
  const argv = ["tail", "-q", "-n", RECENT, ...(follow ? ["-F"] : []), "--", ...present];
  await ctx.run(argv, { onLine: (line) => ctx.out.answer(line), signal: ctx.signal });
}

async function consoleLogs(ctx: Context): Promise<string[]> {
  const instance = join(ctx.paths.limaHome, ctx.paths.vm);
  return [join(ctx.paths.logs, "limactl.log"), ...SERIAL_LOGS.map((name) => join(instance, name))];
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
