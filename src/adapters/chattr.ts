// The chattr program: the attribute by which a directory takes no new files, not even root's.
import { ToolError } from "../errors.ts";
import type { Run } from "../io/run.ts";

/** False where the file system does not know it, or the program is missing. Only root may. */
export async function setImmutable(run: Run, path: string, on: boolean): Promise<boolean> {
  try {
    await run(["chattr", on ? "+i" : "-i", "--", path]);
    return true;
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    return false;
  }
}
