// Reads what the checkup script printed in the guest. Pure; the guest's words are claims, taken by an allowlist.
import { type Probe, parseProbe } from "../probe.ts";

export interface Facts extends Probe {
  /** Doors by name: true when the guest says that it came through. */
  doors: ReadonlyMap<string, boolean>;
  /** curl's exit code by host name; 0: a TLS connection and an answer. */
  web: ReadonlyMap<string, number>;
  /** Host names that the guest could resolve, and could not. */
  names: ReadonlyMap<string, boolean>;
  /** KiB; undefined when the guest did not say. */
  disk: { total: number; free: number } | undefined;
  inodes: { total: number; free: number } | undefined;
  /** The agent's account can become root; undefined when the guest did not say. */
  root: boolean | undefined;
  groups: readonly string[];
}

export function parseFacts(stdout: string): Facts {
  const lines = stdout.split("\n");
  const all = (pattern: RegExp) =>
    lines.flatMap((line) => [pattern.exec(line) ?? []].filter((m) => m.length > 0));
  const pair = (word: string) => {
    const [found] = all(new RegExp(`^${word} ([0-9]{1,15}) ([0-9]{1,15})$`));
    return found && { total: Number(found[1]), free: Number(found[2]) };
  };
  const [root] = all(/^root (yes|no)$/);
  return {
    ...parseProbe(stdout),
    doors: new Map(
      all(/^door ([a-z0-9-]+) (open|closed)$/).map(([, name = "", how]) => [name, how === "open"]),
    ),
    web: new Map(all(/^web ([a-z0-9.-]+) ([0-9]{1,3})$/).map(([, host = "", code]) => [host, Number(code)])),
    names: new Map(all(/^name ([a-z0-9.-]+) (ok|failed)$/).map(([, host = "", how]) => [host, how === "ok"])),
    disk: pair("disk"),
    inodes: pair("inodes"),
    root: root && root[1] === "yes",
    groups: all(/^group ([a-z_][a-z0-9_-]{0,31})$/).map(([, name = ""]) => name),
  };
}
