// What the scan looks into of a range, counted, in a process of its own, so that its memory can be bounded; what flat-memory.test.ts starts.
import { changesIn } from "../../src/domain/scan/changes.ts";
import { createContext, git, type Parts } from "./guest.ts";

const { now, not, ...parts } = JSON.parse(process.argv[2] ?? "") as Omit<Parts, "said"> & {
  now: string;
  not: string;
};
const ctx = createContext({ ...parts, said: [] });
const range = {
  tips: [git(parts.repo, "rev-parse", now)],
  not: [git(parts.repo, "rev-parse", not)],
  notRefs: [],
};
let count = 0;
for await (const _ of changesIn(ctx, parts.repo, range)) count += 1;
process.stdout.write(String(count));
