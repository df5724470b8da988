// A user at a terminal who is in lasting sessions of a guest, for the tests of those.
import { spawnSync } from "node:child_process";
import { appendFileSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { placesOf } from "../guest.ts";
import { type ATerminal, createTerminal, type How } from "./a-terminal.ts";
import type { SessionOptions } from "./session-driver.ts";

export interface SessionUser extends ATerminal {
  /** Where the guest keeps its sessions in memory. */
  base: string;
  /** tmux in the guest. */
  inGuest(...args: string[]): string;
  enter(options?: SessionOptions & { how?: How; around?: string; rows?: number }): Promise<void>;
  shows(text: string): Promise<void>;
  /** Types a line. */
  line(text: string): void;
  /** Pid of the client; it was entered with NOTED around it. */
  client(): number;
  /** Ends all sessions in the guest. */
  over(): Promise<void>;
}

/** A shell line that notes the client's pid. */
export const NOTED = `sh -c 'echo $$ >"$0"; exec "$@"' "$PLACE/pid" $SESSION`;

export async function createSessionUser(): Promise<SessionUser> {
  const user = await createTerminal("session-driver");
  const { guest } = user;
  // As the product has it, with less patience.
  const alive = "  ServerAliveInterval 1\n  ServerAliveCountMax 2\n  ConnectTimeout 3\n";
  appendFileSync(guest.target.configFile, alive);
  const base = placesOf(guest.home);
  const inGuest = (...args: string[]) =>
    spawnSync("tmux", ["-S", join(base, "tmux"), ...args], { encoding: "utf8" }).stdout;
  return {
    ...user,
    base,
    inGuest,
    enter: ({ how = "guarded", around, rows, ...options } = {}) =>
      user.open(how, JSON.stringify(options), around, rows),
    shows: (text) => user.until(() => user.screen().includes(text)),
    line: (text) => user.keys("-l", `${text}\n`),
    client: () => Number(readFileSync(join(user.place, "pid"), "utf8")),
    over: async () => {
      inGuest("kill-server");
      await user.until(() => inGuest("list-sessions") === "");
    },
    remove: () => {
      inGuest("kill-server");
      user.remove();
      rmSync(base, { recursive: true, force: true });
    },
  };
}
