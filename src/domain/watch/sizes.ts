// How large workspaces are, as the guest measures them. Pure.
import { fields } from "../sync/parse.ts";

export interface Sizes {
  disk: { used: number; total: number } | undefined;
  /** Bytes by the directory's name, to compare with ours. */
  of: Map<string, number>;
}

const KB = /^\d{1,12}$/;
const bytes = (text: string): number | undefined => (KB.test(text) ? Number(text) * 1024 : undefined);

/** The answer of SIZE. */
export function parseSizes(answer: string): Sizes {
  const [used = "", total = "", ...rest] = fields(answer);
  const [some, all] = [bytes(used), bytes(total)];
  const of = new Map<string, number>();
  for (let at = 0; at + 1 < rest.length; at += 2) {
    const size = bytes(rest[at + 1] ?? "");
    if (size !== undefined) of.set(rest[at] ?? "", size);
  }
  return { disk: some === undefined || all === undefined ? undefined : { used: some, total: all }, of };
}
