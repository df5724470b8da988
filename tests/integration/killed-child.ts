// One command in a process of its own that stands still in the middle of a transfer, to be killed there; what killed.test.ts starts.
import { Writable } from "node:stream";
import { fetchBranch } from "../../src/domain/sync/fetch/fetch.ts";
import { cleanBranch } from "../../src/domain/sync/save/clean.ts";
import { restore } from "../../src/domain/sync/save/restore.ts";
import { pushToWorkspace } from "../../src/domain/workspace/prepare.ts";
import { createContext, type Parts } from "./guest.ts";

type Context = ReturnType<typeof createContext>;
const COMMANDS = {
  fetch: (ctx: Context) => fetchBranch(ctx, "work", { acceptRisk: true }),
  push: (ctx: Context) => pushToWorkspace(ctx, "work"),
  clean: (ctx: Context) => cleanBranch(ctx, "work", false),
  restore: (ctx: Context) => restore(ctx, { branch: "work" }),
};
export type Command = keyof typeof COMMANDS;

const { command, most, ...parts } = JSON.parse(process.argv[2] ?? "") as Omit<Parts, "said"> & {
  command: Command;
  /** Bytes that go through. */
  most: number;
};
const ctx = createContext({ ...parts, said: [] });
/** Blocks all of this process. */
const standStill = () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);

const run: Context["run"] = (argv, options = {}) => {
  const { into, onSent, inputFile } = options;
  if (inputFile !== undefined && argv[0] === "ssh")
    return ctx.run(argv, {
      ...options,
      onSent: (bytes) => {
        onSent?.(bytes);
        if (bytes > most) standStill();
      },
    });
  if (!into || !argv.some((word) => word.includes(".agent-vm.given"))) return ctx.run(argv, options);
  let came = 0;
  const through = new Writable({
    // What came before still finds its way to the disk.
    write: (chunk: Buffer, _encoding, done) => {
      came += chunk.length;
      if (came <= most) into.write(chunk, () => done());
    },
    final: (done) => into.end(done),
  });
  return ctx.run(argv, { ...options, into: through });
};
await COMMANDS[command]({ ...ctx, run });
