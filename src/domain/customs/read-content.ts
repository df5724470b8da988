// Reads what changed files are: sizes, where links lead, what texts hide; raw objects with limits, never through a filter.
import { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { git } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { type Hidden, hiddenIn, hiddenMore } from "./content.ts";
import { GITLINK, LINK } from "./file-rules.ts";
import type { Change } from "./rule.ts";

/** No replacement is taken for an object itself. */
const AS_IT_IS = { GIT_NO_REPLACE_OBJECTS: "1" };

async function sizesOf(
  ctx: Context,
  directory: string,
  oids: readonly string[],
): Promise<Map<string, number>> {
  const input = oids.map((oid) => `${oid}\n`).join("");
  const args = ["cat-file", "--buffer", "--batch-check=%(objectname) %(objectsize)"];
  const { stdout } = await git(ctx, directory, args, { input, env: AS_IT_IS });
  const pairs = stdout.split("\n").map((line) => line.split(" "));
  return new Map(
    pairs.flatMap(([oid = "", size = ""]) => (/^\d+$/.test(size) ? [[oid, Number(size)] as const] : [])),
  );
}

/** Of one file; larger ones are seldom text. */
const MAX_EACH = 1024 * 1024;
/** Of all files together: about a tenth of a second. */
const MAX_ALL = 8 * 1024 * 1024;
const MAX_COMPARED = 200;

/** What may still be read for one examination. */
export interface Room {
  bytes: number;
  /** Files that are compared with what they were. */
  compared: number;
}

export const room = (): Room => ({ bytes: MAX_ALL, compared: MAX_COMPARED });

/**
 * Notes sizes, where links lead, and what texts hide; returns the bytes of text that were not read. Of the changes that
 * are looked at together small files come first: most of them are what people write.
 */
export async function readContents(
  ctx: Context,
  directory: string,
  changes: readonly Change[],
  left: Room,
): Promise<number> {
  const files = changes.filter((one) => one.mode !== GITLINK);
  const sizes = await sizesOf(ctx, directory, [...new Set(files.map(({ oid }) => oid))]);
  for (const change of files) {
    const size = sizes.get(change.oid);
    if (size !== undefined) change.size = size;
  }
  const links = files.filter((one) => one.mode === LINK);
  const texts = files.filter((one) => one.mode !== LINK);
  const chosen = new Set(links.map(({ oid }) => oid).filter((oid) => (sizes.get(oid) ?? 0) <= MAX_LINK));
  let unread = 0;
  const bySize = [...new Set(texts.map(({ oid }) => oid))].map((oid) => ({ oid, size: sizes.get(oid) ?? 0 }));
  for (const { oid, size } of bySize.sort((a, b) => a.size - b.size)) {
    if (size <= MAX_EACH && size <= left.bytes) {
      chosen.add(oid);
      left.bytes -= size;
    } else unread += size;
  }
  const counts = new Map<string, Hidden>();
  const targets = new Map<string, string>();
  const linked = new Set(links.map(({ oid }) => oid));
  await eachBlob(ctx, directory, [...chosen], (oid, content) => {
    counts.set(oid, hiddenIn(content));
    if (linked.has(oid)) targets.set(oid, content.toString("latin1"));
  });
  for (const link of links) link.target = targets.get(link.oid) ?? UNREADABLE;
  await noteHidden(ctx, directory, { texts, counts, left });
  return unread;
}

/** Where links of a tree lead; those too long to be one are left out. */
export async function readLinks(
  ctx: Context,
  directory: string,
  links: readonly { path: string; oid: string }[],
): Promise<Map<string, string>> {
  if (links.length === 0) return new Map();
  const sizes = await sizesOf(ctx, directory, [...new Set(links.map(({ oid }) => oid))]);
  const small = [...sizes].flatMap(([oid, size]) => (size <= MAX_LINK ? [oid] : []));
  const targets = new Map<string, string>();
  await eachBlob(ctx, directory, small, (oid, content) => targets.set(oid, content.toString("latin1")));
  return new Map(
    links.flatMap(({ path, oid }) => {
      const target = targets.get(oid);
      return target === undefined ? [] : [[path, target] as const];
    }),
  );
}

/** No system takes a longer one; it counts as one that leads away. */
const MAX_LINK = 4096;
const UNREADABLE = "/";

/** Only what is more than it was: a file of escapes that is edited brings nothing new. */
async function noteHidden(
  ctx: Context,
  directory: string,
  { texts, counts, left }: { texts: readonly Change[]; counts: ReadonlyMap<string, Hidden>; left: Room },
): Promise<void> {
  const hits = texts.flatMap((change) => {
    const now = counts.get(change.oid);
    return now !== undefined && now.bidi + now.escape > 0 ? [{ change, now }] : [];
  });
  if (hits.length === 0) return;
  const some = hits.slice(0, left.compared);
  left.compared -= some.length;
  const compared = some.flatMap(({ change }) => change.before.map(({ oid }) => oid));
  const sizes = await sizesOf(ctx, directory, [...new Set(compared)]);
  const before = new Map<string, Hidden>();
  const small = [...sizes].flatMap(([oid, size]) => (size <= MAX_EACH ? [oid] : []));
  await eachBlob(ctx, directory, small, (oid, content) => before.set(oid, hiddenIn(content)));
  for (const { change, now } of hits) {
    const earlier = change.before.flatMap(({ oid }) => before.get(oid) ?? []);
    const hidden = hiddenMore(now, earlier);
    if (hidden !== undefined) change.hidden = hidden;
  }
}

/** Calls `use` with each of the blobs as it comes: no more than one is held at a time. */
async function eachBlob(
  ctx: Context,
  directory: string,
  oids: readonly string[],
  use: (oid: string, content: Buffer) => void,
): Promise<void> {
  if (oids.length === 0) return;
  const input = oids.map((oid) => `${oid}\n`).join("");
  const into = blobReader(use);
  await git(ctx, directory, ["cat-file", "--buffer", "--batch"], { input, into, env: AS_IT_IS });
  await finished(into);
}

/** Reads "id blob size" LF content LF, or "id missing" LF, again and again. */
function blobReader(use: (oid: string, content: Buffer) => void): Writable {
  let rest: Buffer = Buffer.alloc(0);
  const take = (): boolean => {
    const end = rest.indexOf("\n");
    if (end < 0) return false;
    const [oid = "", type, size] = rest.toString("latin1", 0, end).split(" ");
    const length = size === undefined ? 0 : Number(size) + 1;
    if (rest.length < end + 1 + length) return false;
    if (type === "blob") use(oid, rest.subarray(end + 1, end + length));
    rest = rest.subarray(end + 1 + length);
    return true;
  };
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      while (take());
      done();
    },
  });
}
