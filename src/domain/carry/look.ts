// The carried files of workspaces as they are now: the host's own, read anew, beside what the guest says of them.
import type { Context } from "../../context.ts";
import type { Observation } from "../sync/parse.ts";
import { readBelow } from "./read-file.ts";
import { type Carried, carriedInto } from "./record.ts";
import { sha256 } from "./resolve.ts";
import { type CarriedNow, carriedNow, isSafe, withoutCarried } from "./state.ts";

/** No setting lets larger ones be sent. */
const LARGEST = 256 * 1024 * 1024;

/** Empty for a workspace into which nothing was carried: one look for a file of ours, nothing else. */
export async function lookAtCarried(
  ctx: Pick<Context, "paths">,
  dir: string,
  seen: Observation | undefined,
): Promise<CarriedNow[]> {
  const carried = await carriedInto(ctx, dir);
  if (carried === undefined) return [];
  const claims =
    seen?.state === "present" ? new Map(seen.carried.map(({ path, sum }) => [path, sum])) : undefined;
  return carriedNow(carried, claims, await presentOnHost(carried));
}

/** What was seen, without carried files that are as they were sent: nothing to tell of. */
export const withoutUnchanged = async (
  ctx: Pick<Context, "paths">,
  dir: string,
  seen: Observation,
): Promise<Observation> => withoutCarried(seen, await lookAtCarried(ctx, dir, seen), isSafe);

async function presentOnHost({ top, files }: Carried): Promise<Map<string, string>> {
  const present = new Map<string, string>();
  for (const { path } of files) {
    const found = await readBelow(top, path, LARGEST);
    if (typeof found !== "string") present.set(path, sha256(found.bytes));
  }
  return present;
}
