// Which events deserve that somebody looks up, and in which words. Pure.
import { sanitize } from "../../guard/sanitize.ts";
import type { SessionEvent, WatchEvent } from "./events.ts";

export interface Notice {
  title: string;
  text: string;
  /** For a command of the user's own. */
  values: Readonly<Record<string, string>>;
}

/** Characters of a name that came from the VM. */
const LONG = 60;

/** Undefined for what nobody has to look up for. */
export function noticeOf(event: WatchEvent): Notice | undefined {
  if (!("session" in event) || event.initial || event.kind === "shell") return undefined;
  const happened = words(event);
  if (happened === undefined) return undefined;
  const where = sanitize(event.branch ?? event.dir, LONG);
  const who = sanitize(event.agent || event.title, LONG) || "a command";
  const text = `${who} ${happened}`;
  return {
    title: `agent-vm: ${where}`,
    text,
    values: {
      AGENT_VM_EVENT: event.event,
      AGENT_VM_BRANCH: where,
      AGENT_VM_REPO: sanitize(event.repo ?? "", LONG),
      AGENT_VM_AGENT: sanitize(event.agent, LONG),
      AGENT_VM_SESSION: event.session,
      AGENT_VM_EXIT_CODE: event.exitCode === undefined ? "" : String(event.exitCode),
      AGENT_VM_TEXT: text,
    },
  };
}

function words({ event, kind, exitCode }: SessionEvent): string | undefined {
  if (event === "waiting") return "waits for you";
  // Agents that tell nothing of themselves: this is how their waiting looks.
  if (event === "idle") return kind === "agent" ? "has gone quiet" : undefined;
  if (event === "finished") return "has finished";
  if (event === "failed") return `has failed with exit code ${exitCode ?? "unknown"}`;
  if (event === "killed") return "was killed";
  if (event === "lost") return "ended with the VM";
  return undefined;
}

/** The arguments that show a notice on the user's desktop. */
export function desktopWords(platform: NodeJS.Platform, { title, text }: Notice): string[] {
  if (platform === "darwin") return ["osascript", ...SCRIPT.flatMap((line) => ["-e", line]), title, text];
  return ["notify-send", "--app-name=agent-vm", "--", title, asPlainBody(text)];
}

/** Constant: the words are its arguments. */
const SCRIPT = [
  "on run argv",
  "display notification (item 2 of argv) with title (item 1 of argv)",
  "end run",
];

/**
 * Desktops take the text, not the title, for markup: links, images. Before that notify-send reads escapes in it as C
 * does, and "\74" would be "<".
 */
const asPlainBody = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("\\", "\\\\");

/** Notices in so many milliseconds; a VM that makes up more is not listened to. */
const MOST = 5;
const WINDOW = 10_000;

/** Whether one more notice may be shown at a time in milliseconds. */
export function atMost(): (now: number) => boolean {
  let shown: number[] = [];
  return (now) => {
    shown = shown.filter((time) => now - time < WINDOW);
    if (shown.length >= MOST) return false;
    shown.push(now);
    return true;
  };
}
