// Shows notices as the user wants them: on the desktop, with the terminal's bell, or by a command of his own.
import type { Context } from "../../context.ts";
import { ToolError } from "../../errors.ts";
import { ringBell } from "../../io/live-screen.ts";
import type { Settings } from "../settings.ts";
import { atMost, desktopWords, type Notice } from "./notice.ts";

/** Milliseconds for a program that shows one. */
const PATIENCE = 10_000;

/** Never waits and never fails: what went wrong is told once. */
export function createNotifier(
  ctx: Pick<Context, "run" | "out" | "platform" | "env">,
  how: Settings["notify"],
): (notice: Notice) => void {
  const allowed = atMost();
  const told = new Set<string>();
  const warnOnce = (text: string) => {
    if (!told.has(text)) ctx.out.warn(text);
    told.add(text);
  };
  const show = async (notice: Notice) => {
    if (how === "off") return;
    if (how === "bell") return ringBell();
    const desktop = how === "desktop";
    const argv = desktop ? desktopWords(ctx.platform, notice) : how;
    const env = { ...defined(ctx.env), ...notice.values };
    try {
      await ctx.run(argv, { timeout: PATIENCE, ...(!desktop && { env }) });
    } catch (error) {
      if (!(error instanceof ToolError)) throw error;
      if (desktop) ringBell();
      warnOnce(failureText(desktop, error));
    }
  };
  return (notice) => {
    if (allowed(Date.now())) void show(notice).catch((error) => warnOnce(String(error)));
    else warnOnce("There are more notices than anybody reads; some are left out.");
  };
}

function failureText(desktop: boolean, { failure, message }: ToolError): string {
  if (!desktop) return `The command for notices (setting "notify") failed: ${message}.`;
  return failure.reason === "ENOENT"
    ? `${failure.argv[0]} is not installed, so the terminal's bell rings instead. Choose how with the setting "notify".`
    : `The desktop takes no notices (${message}), so the terminal's bell rings instead.`;
}

const defined = (env: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
