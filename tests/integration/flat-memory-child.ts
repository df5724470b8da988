// One command in a process of its own, so that its memory can be bounded; what flat-memory.test.ts starts.
import { fetchBranch } from "../../src/domain/sync/fetch/fetch.ts";
import { createContext, type Parts } from "./guest.ts";

const parts = JSON.parse(process.argv[2] ?? "") as Omit<Parts, "said">;
const fetched = await fetchBranch(createContext({ ...parts, said: [] }), "work");
process.stdout.write(`${fetched.to}\n`);
