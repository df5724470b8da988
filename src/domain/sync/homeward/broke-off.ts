// Whether a transfer that failed may go on the next time. Pure.
import { EXIT, explain, ToolError } from "../../../errors.ts";

/** It was ended, by the user or with the connection: the same bytes may come the next time. */
export const brokeOff = (error: unknown): boolean =>
  error instanceof ToolError ||
  [EXIT.interrupted, EXIT.notReady].some((exit) => explain(error).exit === exit);
