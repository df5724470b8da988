// agent-vm logs: what the VM's console, provisioning, the credential proxy and sessions wrote, cleaned.
import { type Command, InvalidArgumentError } from "commander";
import type { GetContext } from "../cli.ts";

const KINDS = ["vm", "provision", "credentials"] as const;
const isKind = (what: string): what is (typeof KINDS)[number] => (KINDS as readonly string[]).includes(what);

interface Options {
  follow?: boolean;
  session?: string;
  since?: number;
}

const UNITS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** "10m", or a date and time: seconds since 1970. */
function since(text: string): number {
  const [, count, unit = "s"] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const moment =
    count === undefined ? Date.parse(text) / 1000 : Date.now() / 1000 - Number(count) * (UNITS[unit] ?? 1);
  if (Number.isNaN(moment))
    throw new InvalidArgumentError("It is a time such as 10m, 2h or 2026-01-31T12:00.");
  return Math.floor(moment);
}

export function register(program: Command, context: GetContext): void {
  program
    .command("logs")
    .description("what a branch's session wrote; or the VM's console, provisioning, the credential proxy")
    .argument("[what]", `${KINDS.join(", ")}, or a branch`, "vm")
    .option("-f, --follow", "go on as it grows")
    .option("--session <id>", "which session of the branch, by the beginning of its id")
    .option("--since <time>", "of a session: 10m, 2h, or a date and time", since)
    .action(async (what: string, options: Options, command: Command) => {
      const ctx = await context(command);
      const follow = options.follow === true;
      if (isKind(what) && options.session === undefined) {
        const { showLog } = await import("../domain/vm/logs.ts");
        return showLog(ctx, what, follow);
      }
      const { showSessionLog } = await import("../domain/session/session-log.ts");
      await showSessionLog(ctx, what, { ...options, follow });
    });
}
