// What a fetch asks before the host's files follow, in a process of its own; what flat-memory.test.ts starts.
import { assignedFilters } from "../../src/domain/sync/fetch/filters.ts";
import { hostPathsInTheWay } from "../../src/domain/sync/fetch/obstacles.ts";
import { beforeMove } from "../../src/domain/sync/fetch/take-back.ts";
import { rawDiff } from "../../src/domain/sync/push/overwriting.ts";
import { createContext, type Parts } from "./guest.ts";

const { repo, now, ...parts } = JSON.parse(process.argv[2] ?? "") as Omit<Parts, "said"> & { now: string };
const ctx = createContext({ ...parts, repo, said: [] });
const diff = await rawDiff(ctx, repo, "main", now);
const { names } = await assignedFilters(ctx, repo, { now, diff, lfs: true });
const hits = await hostPathsInTheWay(ctx, repo, diff);
const { before, made } = beforeMove(repo, diff);
process.stdout.write(JSON.stringify({ names, hits, stamps: before.length, made: made.length }));
