// The VM stops: its keeper ends, and what it forwarded is not wanted any more.
import type { Paths } from "../paths.ts";
import { endKeeper } from "./ask.ts";
import { removeWantedForwards } from "./forwards-wanted.ts";

/** Also when no keeper lives: the next one would bring the forwards back. */
export async function endWithVm(paths: Paths): Promise<void> {
  await endKeeper(paths);
  await removeWantedForwards(paths);
}
