// --verbose: says which programs are run and how long each took.
import { masked } from "../guard/mask.ts";
import type { Output } from "./output.ts";
import type { Run } from "./run.ts";

export function traced(run: Run, out: Output): Run {
  return async (argv, options) => {
    const since = Date.now();
    const shown = argv
      .map(masked)
      .map((word) => (word.length > 120 ? `${word.slice(0, 117)}…` : word))
      .join(" ");
    try {
      const result = await run(argv, options);
      out.detail(`+ ${shown.replaceAll("\n", " ")} → ${result.code} (${Date.now() - since} ms)`);
      return result;
    } catch (error) {
      out.detail(`+ ${shown.replaceAll("\n", " ")} → failed (${Date.now() - since} ms)`);
      throw error;
    }
  };
}
