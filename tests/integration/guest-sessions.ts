// The sessions in a world's guest, as `ps` lists them, and waiting for what they do in their own time.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { type ListedSession, listSessions } from "../../src/domain/session/list.ts";
import { placesOf, type World } from "./guest.ts";

export type Condition = () => Promise<boolean> | boolean;

/** Thirty seconds and more; `seen` is told when it does not come. */
export async function eventually(condition: Condition, seen: () => unknown = () => ""): Promise<void> {
  for (let tries = 0; !(await condition()); tries++) {
    if (tries > 600) throw new Error(`it did not happen: ${JSON.stringify(await seen(), null, 1)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The newest first. */
export const sessionsOf = async ({ ctx }: World): Promise<ListedSession[]> =>
  listSessions(ctx, await ctx.target());

export const newestOf = async (world: World): Promise<ListedSession | undefined> =>
  (await sessionsOf(world))[0];

export const reachesIn = (world: World, state: ListedSession["state"]): Promise<void> =>
  eventually(
    async () => (await newestOf(world))?.state === state,
    () => sessionsOf(world),
  );

export const showsIn = (world: World, line: string): Promise<void> =>
  eventually(
    async () => (await newestOf(world))?.lastLine === line,
    () => sessionsOf(world),
  );

/** What the guest keeps of its sessions. */
export const keptIn = ({ guestHome }: World, ...rest: string[]): string =>
  join(guestHome, ".local/state/agent-vm/sessions", ...rest);

/** tmux on the server of the guest's sessions. */
export const tmuxIn = ({ guestHome }: World, ...args: string[]) =>
  spawnSync("tmux", ["-S", join(placesOf(guestHome), "tmux"), ...args], { encoding: "utf8" });
