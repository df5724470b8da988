// Runs the sequences whose seeds come on standard input, one a line, and answers each with a line of JSON.
import { createInterface } from "node:readline";
import { runSequence } from "./sequence.ts";

for await (const line of createInterface({ input: process.stdin })) {
  const seed = Number(line);
  if (!Number.isInteger(seed)) continue;
  process.stdout.write(`${JSON.stringify(await runSequence(seed))}\n`);
}
process.exit(0);
