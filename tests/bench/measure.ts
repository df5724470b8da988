// Times and counts of one piece of work: what moved bytes, what else ran, and how often the guest was called.
import { statSync } from "node:fs";
import type { Context } from "../../src/context.ts";
import type { Run, RunOptions } from "../../src/io/run.ts";

export interface Sample {
  /** Milliseconds from the first to the last moment. */
  total: number;
  /** Of these, in programs that pack or carry objects. */
  transport: number;
  /** Processes that spoke to the guest. */
  trips: number;
  /** Bytes of packs and indexes that were shipped as files. */
  bytes: number;
  /** Every program that went through run, with its start and its end. */
  programs: { argv: readonly string[]; from: number; to: number }[];
}

const now = () => Number(process.hrtime.bigint()) / 1e6;
const files = ({ inputFile }: RunOptions) =>
  typeof inputFile === "string" ? [inputFile] : (inputFile ?? []);

/** git's own transfers and packing, and files that go through ssh. */
function isTransport(argv: readonly string[], options: RunOptions): boolean {
  if (argv[0] === "ssh") return options.inputFile !== undefined;
  return argv.includes("pack-objects") || isTransfer(argv);
}

const isTransfer = (argv: readonly string[]) =>
  argv.includes("git") && (argv.includes("push") || argv.includes("fetch"));

/** Runs `work` with a Context that notes every program. */
export async function measure(ctx: Context, work: (ctx: Context) => Promise<unknown>): Promise<Sample> {
  const sample: Sample = { total: 0, transport: 0, trips: 0, bytes: 0, programs: [] };
  const run: Run = async (argv, options = {}) => {
    if (argv[0] === "ssh" || isTransfer(argv)) sample.trips += 1;
    for (const file of files(options)) sample.bytes += statSync(file).size;
    const since = now();
    try {
      return await ctx.run(argv, options);
    } finally {
      sample.programs.push({ argv, from: since - began, to: now() - began });
      if (isTransport(argv, options)) sample.transport += now() - since;
    }
  };
  const began = now();
  await work({ ...ctx, run });
  sample.total = now() - began;
  return sample;
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? 0)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
};

/** The programs of a sample, one a line: start, length, what it was. */
export function programLines(sample: Sample): string[] {
  return sample.programs.map(({ argv, from, to }) => {
    const words =
      argv[0] === "ssh"
        ? argv.slice(0, 1)
        : argv.filter((_, at) => argv[at - 1] !== "-c" && argv[at] !== "-c");
    const what = words.join(" ").replaceAll(/\s+/g, " ").slice(0, 100);
    return `${from.toFixed(0).padStart(7)} ${(to - from).toFixed(0).padStart(6)}  ${what}`;
  });
}

export const medianOf = (samples: readonly Sample[], key: Exclude<keyof Sample, "programs">): number =>
  median(samples.map((sample) => sample[key]));
