// Why Lima's host agent gave up: limactl itself only names the file where it says so.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { sanitize } from "../../guard/sanitize.ts";

const GRAVE = new Set(["error", "fatal", "panic"]);

/** The grave messages of the last start, cleaned; empty when there are none. */
export async function hostAgentFailures(directory: string): Promise<string[]> {
  const text = await readFile(join(directory, "ha.stderr.log"), "utf8").catch(() => "");
  return graveMessages(text);
}

/** From the host agent's log, one JSON object a line. QEMU's own words are logged as info and marked by their start. */
export function graveMessages(log: string): string[] {
  const messages = log.split("\n").flatMap((line) => {
    const entry = parse(line);
    if (typeof entry?.msg !== "string") return [];
    const told = GRAVE.has(String(entry.level)) || entry.msg.startsWith("qemu[stderr]");
    return told ? [sanitize(entry.msg, 400)] : [];
  });
  return messages.slice(-8);
}

function parse(line: string): { level?: unknown; msg?: unknown } | null | undefined {
  try {
    return JSON.parse(line) as { level?: unknown; msg?: unknown } | null;
  } catch {
    return undefined;
  }
}
