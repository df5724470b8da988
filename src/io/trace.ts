// --verbose: says which programs are run and how long each took.
import { masked } from "../guard/mask.ts";
import type { Output } from "./output.ts";
import type { Run } from "./run.ts";

/** One line; a script that travels as an argument is cut. */
const shown = (argv: readonly string[]): string =>
  argv
    .map(masked)
    .map((word) => (word.length > 120 ? `${word.slice(0, 117)}…` : word))
    .join(" ")
    .replaceAll("\n", " ");

export function traced(run: Run, out: Output): Run {
  return async (argv, options) => {
    const since = Date.now();
    try {
      const result = await run(argv, options);
      out.detail(`+ ${shown(argv)} → ${result.code} (${Date.now() - since} ms)`);
      return result;
    } catch (error) {
      out.detail(`+ ${shown(argv)} → failed (${Date.now() - since} ms)`);
      throw error;
    }
  };
}

/** A program that outlives us, which `run` knows nothing of. */
export const tellStarted = (out: Pick<Output, "detail">, argv: readonly string[], pid: number): void =>
  out.detail(`+ ${shown(argv)} → stays, as process ${pid}`);
