// The process between sshfs and ssh: its command line, and its work.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createSftpGuard } from "../../guard/sftp/guard.ts";
import { type End, relaySftp } from "../../guard/sftp/relay.ts";
import type { GuardRules } from "../../guard/sftp/rules.ts";
import { endOwnGroup, ownStreams, spawnPiped } from "../../io/piped.ts";
import { keepSmall } from "./log.ts";

export interface GuardSetup {
  rules: GuardRules;
  /** The mounted directory of the guest, as sshfs' paths begin. */
  root: string;
  /** Milliseconds a request may stay unanswered. */
  stall: number;
  /** The mount's log, to which ssh adds what it has to say itself. */
  log: string;
  /** The file that says why the mount is closed for good. */
  closed: string;
}

/** How sshfs starts the guard. `self`: how this program is started; the guard's file lies beside its own. */
export const guardProgram = ([program = "node", main = ""]: readonly string[], setup: GuardSetup) => ({
  program,
  file: join(dirname(main), "sftp-guard.mjs"),
  setup: encodeSetup(setup),
});

/** One word, so that no program on its way needs to quote it. */
const encodeSetup = (setup: GuardSetup): string =>
  Buffer.from(JSON.stringify(setup), "utf8").toString("base64url");

export const decodeSetup = (word: string): GuardSetup =>
  JSON.parse(Buffer.from(word, "base64url").toString("utf8")) as GuardSetup;

/**
 * Runs until the connection ends. After a breach of protocol sshfs must not connect again, only to meet the same:
 * the whole process group ends, and sshfs takes the mount away. `say` writes a line of the mount's log.
 */
export async function runGuard(
  setup: GuardSetup,
  ssh: readonly string[],
  say: (line: string) => void,
): Promise<End> {
  // sshfs may be about to end, and still connect for what it has begun.
  if (isBroken(setup.closed)) return { why: "closed" };
  keepSmall(setup.log);
  const now = () => performance.now();
  const note = (text: string) => say(`left out: ${text}`);
  const guard = createSftpGuard({ ...setup, now, note });
  // ssh's own words alone: what the VM says there would fill the disk.
  const child = spawnPiped(["ssh", "-E", setup.log, ...ssh]);
  const end = await relaySftp({ guard, host: ownStreams(), guest: child, now, stall: setup.stall });
  child.kill();
  if (end.why === "stalled") say(`no answer for ${setup.stall / 1000} s: the connection is closed`);
  if (end.why !== "violation") return end;
  const why = `the VM broke the file protocol (${end.what})`;
  say(`${why}: the mount is taken away`);
  noteBreach(setup.closed, why, say);
  endOwnGroup();
  return end;
}

function isBroken(file: string): boolean {
  try {
    return (JSON.parse(readFileSync(file, "utf8")) as { kind?: unknown }).kind === "breach";
  } catch {
    return false;
  }
}

/** At once, before sshfs can connect again: the keeper and `connect` mount no more until the user says so. */
function noteBreach(file: string, why: string, say: (line: string) => void): void {
  try {
    const note = { kind: "breach", why, at: new Date().toISOString() };
    writeFileSync(`${file}.new`, JSON.stringify(note), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  } catch (error) {
    say(`the breach could not be noted: ${String(error)}`);
  }
}
