// A git server that says what it should not, sends without end, breaks off or falls silent: no byte reaches the terminal
// as it is, and no transfer takes all there is.
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "../../src/context.ts";
import { commit } from "../integration/guest.ts";
import { fetch, scene, setStage } from "./fetch-scene.ts";
import { type Ground, type Omitted, without } from "./git-host.ts";

setStage();

const ESCAPES = "\x1b]0;title\x07\x1b]52;c;Y3VybCBldmlsfHNo\x07\x1b[2J\x9b31m fine\n";
const raw = ({ shown }: Ground) => ["\x1b", "\x07", "\x9b"].some((byte) => shown.join("").includes(byte));
const byHand = ({ naive, url, shown }: Ground) => {
  shown.push(naive("fetch", url, "work").stderr);
};
const withWork = (ground: Ground) => commit(ground.at, { "a.txt": "1\n" });

scene("escapes in what the git server says", {
  guard: "sanitizer",
  plant: (ground) => {
    withWork(ground);
    ground.serves({ say: ESCAPES });
  },
  off: byHand,
  fired: raw,
});

scene("escapes in the git server's error", {
  guard: "sanitizer",
  plant: (ground) => {
    withWork(ground);
    ground.serves({ error: ESCAPES });
  },
  off: byHand,
  refused: /fine/,
  fired: raw,
});

scene("escapes on ssh's standard error", {
  guard: "sanitizer",
  plant: (ground) => {
    withWork(ground);
    ground.complains(ESCAPES);
  },
  off: byHand,
  fired: raw,
});

const MiB = 1024 * 1024;
const small = (ctx: Context): Context => ({
  ...ctx,
  settings: { ...ctx.settings, fetch_limit: 2 / 1024 },
});

scene("a pack without end", {
  guard: "fetch_limit",
  plant: (ground) => {
    withWork(ground);
    ground.serves({ pack: "endless", upTo: 24 * MiB });
  },
  off: ({ naive, url }) => naive("fetch", "-q", url, "work"),
  on: ({ ctx }) => fetch(small(ctx)),
  refused: /larger than the limit/,
  fired: ({ noted }) => noted(),
});

const remains = ({ repo }: Ground) =>
  readdirSync(join(repo, ".git/objects/pack")).some((name) => name.startsWith("tmp_"));

scene("the rest of a pack that breaks off, on the disk", {
  guard: "what a transfer leaves is removed",
  plant: (ground) => {
    withWork(ground);
    ground.serves({ pack: "truncated" });
  },
  off: ({ naive, url }) => naive("-c", "fetch.unpackLimit=1", "fetch", "-q", url, "work"),
  refused: /did not go through/,
  fired: remains,
});

/** A hundred MiB in place of half of the memory. */
const frugal: Omitted["change"] = (argv, options) => {
  const at = argv.indexOf("-d") + 1;
  return [argv[0] === "sh" && at > 0 ? argv.with(at, String(100 * 1024)) : argv, options];
};

scene("references without end, for the host's memory", {
  guard: "limit of memory",
  plant: (ground) => {
    withWork(ground);
    ground.serves({ refsWithoutEnd: true, upTo: 250 * MiB });
  },
  off: ({ naive, url }) => naive("fetch", "-q", url, "work"),
  on: ({ ctx }) => fetch(without(ctx, { change: frugal })),
  refused: /out of memory/i,
  fired: ({ noted }) => noted(),
});

/** A second in place of minutes. */
const hasty: Omitted["change"] = (argv, options) => [
  argv,
  options.idleTimeout === undefined ? options : { ...options, idleTimeout: 1000 },
];

/** What takes longer hangs. */
const inTime = async (ground: Ground, work: Promise<unknown>): Promise<void> => {
  const late = setTimeout(() => writeFileSync(ground.canary, ""), 10_000);
  await work.finally(() => clearTimeout(late));
};

scene("a server that falls silent", {
  guard: "limit of silence",
  plant: (ground) => {
    withWork(ground);
    ground.serves({ pack: "silent" });
  },
  off: ({ impatient, url, canary }) => {
    if (impatient("fetch", "-q", url, "work").signal !== null) writeFileSync(canary, "");
  },
  on: (ground) => inTime(ground, fetch(without(ground.ctx, { change: hasty }))),
  refused: /sent nothing for minutes/,
});
