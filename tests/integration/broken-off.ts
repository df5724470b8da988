// A fetch or a save of much that is ended in its middle, and one whose bytes are counted.
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { expect } from "vitest";
import { fetchBranch } from "../../src/domain/sync/fetch/fetch.ts";
import { Interrupted } from "../../src/errors.ts";
import { git, type World } from "./guest.ts";

export const MiB = 1024 * 1024;
/** Just worth it. */
export const SIZE = 18 * MiB;
/** As much goes through before the end. */
export const FIRST = 6 * MiB;

/** What lies on the host of transfers that broke off. */
export function onHost({ ctx }: World): string[] {
  const tmp = join(ctx.paths.state, "tmp");
  return existsSync(tmp) ? readdirSync(tmp).map((name) => join(tmp, name)) : [];
}
export const partOf = (world: World): string => join(onHost(world)[0] ?? "", "part");

type Run = World["ctx"]["run"];
export type Work = (ctx: World["ctx"]) => Promise<unknown>;
const fetch: Work = (ctx) => fetchBranch(ctx, "work", { acceptRisk: true });

/** A fetch that is ended when so many bytes have come: by Ctrl-C, or with its connection. */
export async function brokenOff(
  world: World,
  end: "Ctrl-C" | "connection",
  work: Work = fetch,
): Promise<void> {
  const abort = new AbortController();
  let count = 0;
  const stop = () => {
    if (end === "Ctrl-C") return abort.abort();
    world.stopGuest();
    count = Number.NEGATIVE_INFINITY;
  };
  const run: Run = (argv, options = {}) => {
    const { into } = options;
    if (!into || !argv.some((word) => word.includes(".agent-vm.given"))) return world.ctx.run(argv, options);
    const through = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        if (count > FIRST) stop();
        count += chunk.length;
        into.write(chunk, () => done());
      },
      final: (done) => into.end(done),
    });
    return world.ctx.run(argv, { ...options, into: through });
  };
  const broken = work({ ...world.ctx, run, signal: abort.signal });
  if (end === "Ctrl-C") await expect(broken).rejects.toThrow(Interrupted);
  else await expect(broken).rejects.toThrow("does not answer");
  if (end === "connection") await world.startGuest();
  expect(world.said.join("\n")).toContain("goes on from there");
  expect(statSync(partOf(world)).mode & 0o777).toBe(0o600);
}

/** A fetch with the bytes counted that come beside git's own, and the objects that git's own brings. */
export async function counted(world: World, work: Work = fetch, into = world.repo) {
  const found = { bytes: 0, calls: 0, fetched: 0, fetches: 0 };
  const packs = () => git(into, "count-objects", "-v").match(/in-pack: (\d+)/)?.[1] ?? "0";
  const run: Run = async (argv, options = {}) => {
    if (options.into && argv.some((word) => word.includes(".agent-vm.given"))) {
      found.calls += 1;
      options.into.on("pipe", (from) => from.on("data", (chunk: Buffer) => (found.bytes += chunk.length)));
    }
    const before = argv.includes("--upload-pack") || argv.includes("fetch") ? Number(packs()) : undefined;
    if (before !== undefined) found.fetches += 1;
    const result = await world.ctx.run(argv, options);
    if (before !== undefined) found.fetched += Number(packs()) - before;
    return result;
  };
  await work({ ...world.ctx, run });
  return found;
}

/** A push; ended by Ctrl-C once the VM has got so many bytes of a pack. Gives the bytes of packs that were handed to ssh. */
export async function pushed(world: World, work: Work, until = Number.POSITIVE_INFINITY): Promise<number> {
  const sent = new Map<object, number>();
  const abort = new AbortController();
  const got = () =>
    halves(world).reduce((sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0);
  const run: Run = (argv, options) => {
    if (options?.inputFile === undefined) return world.ctx.run(argv, options);
    const { onSent } = options;
    const told = (bytes: number) => {
      sent.set(options, bytes);
      if (got() >= until) abort.abort();
      onSent?.(bytes);
    };
    return world.ctx.run(argv, { ...options, onSent: told });
  };
  const working = work({ ...world.ctx, run, signal: abort.signal });
  if (until === Number.POSITIVE_INFINITY) await working;
  else await expect(working).rejects.toThrow(Interrupted);
  return [...sent.values()].reduce((sum, bytes) => sum + bytes, 0);
}

/** What lies in the guest of packs that broke off on their way to it. */
export function halves({ guestHome }: World): string[] {
  const workspaces = join(guestHome, "workspace");
  const names = readdirSync(workspaces).filter((name) => name.startsWith(".agent-vm.half."));
  return names.flatMap((name) => filesIn(join(workspaces, name)));
}

export const filesIn = (directory: string): string[] =>
  existsSync(directory) ? readdirSync(directory).map((name) => join(directory, name)) : [];
