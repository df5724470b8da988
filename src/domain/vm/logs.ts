// Shows log files. Console bytes come from the VM, so every line is cleaned before it is shown.
import { access } from "node:fs/promises";
import { join } from "node:path";
import { SERIAL_LOGS } from "../../adapters/limactl.ts";
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { credentialsLog } from "../keeper/record.ts";
import { provisionLog } from "./run-step.ts";

/** Lines shown of an older log before following it. */
const RECENT = "200";

export type LogKind = "vm" | "provision" | "credentials";

const FILES: Record<LogKind, (ctx: Context) => string[]> = {
  vm: (ctx) => consoleLogs(ctx),
  provision: (ctx) => [provisionLog(ctx)],
  credentials: ({ paths }) => [credentialsLog(paths)],
};

export async function showLog(ctx: Context, kind: LogKind, follow: boolean): Promise<void> {
  const files = FILES[kind](ctx);
  const present: string[] = [];
  for (const file of files) if (await exists(file)) present.push(file);
  if (present.length === 0) {
    throw new UserError(`There is no ${kind} log yet.`, {
      hint:
        kind === "credentials"
          ? "It begins with the first session that has the setting credentials: proxy."
          : "Start the VM: agent-vm start",
      exit: EXIT.failed,
    });
  }
  const argv = ["tail", "-q", "-n", RECENT, ...(follow ? ["-F"] : []), "--", ...present];
  await ctx.run(argv, { onLine: (line) => ctx.out.answer(line), signal: ctx.signal });
}

function consoleLogs(ctx: Context): string[] {
  const instance = join(ctx.paths.limaHome, ctx.paths.vm);
  return [join(ctx.paths.logs, "limactl.log"), ...SERIAL_LOGS.map((name) => join(instance, name))];
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
