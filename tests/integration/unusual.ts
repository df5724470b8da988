// Commands as they are typed, for tests of repositories that are not plain clones.
import { runCommand } from "../model/command.ts";
import type { World } from "./guest.ts";

/** Runs a command line in a repository; throws with what the user would read when it fails. */
export async function type(world: World, cwd: string, line: string): Promise<void> {
  const outcome = await runCommand({ ...world.ctx, cwd }, line.split(" "));
  if (outcome.exit !== 0)
    throw new Error([`agent-vm ${line}: exit ${outcome.exit}`, ...outcome.text].join("\n"));
}

/** The same for one that must be refused: its exit code, and what the user would read. */
export async function typeRefused(
  world: World,
  cwd: string,
  line: string,
): Promise<{ exit: number; text: string }> {
  const { exit, text } = await runCommand({ ...world.ctx, cwd }, line.split(" "));
  if (exit === 0) throw new Error(`agent-vm ${line} was not refused`);
  return { exit, text: text.join("\n") };
}
