// Reads what changed files are: sizes, where links lead, what texts hide; raw objects with limits, never through a filter.
import { git } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { hiddenIn, hiddenMore } from "./content.ts";
import { GITLINK, LINK } from "./file-rules.ts";
import type { Change } from "./rule.ts";

const LATIN1 = { encoding: "latin1" } as const;

async function sizesOf(
  ctx: Context,
  directory: string,
  oids: readonly string[],
): Promise<Map<string, number>> {
  const input = oids.map((oid) => `${oid}\n`).join("");
  const args = ["cat-file", "--batch-check=%(objectname) %(objectsize)"];
  const { stdout } = await git(ctx, directory, args, { input });
  const pairs = stdout.split("\n").map((line) => line.split(" "));
  return new Map(
    pairs.flatMap(([oid = "", size = ""]) => (/^\d+$/.test(size) ? [[oid, Number(size)] as const] : [])),
  );
}

/** Of one file; larger ones are seldom text. */
const MAX_EACH = 1024 * 1024;
/** Of all files together: about a tenth of a second. */
const MAX_ALL = 24 * 1024 * 1024;

/**
 * Notes sizes, where links lead, and what texts hide; returns the bytes of text that were not read. Small files first:
 * most of them are what people write.
 */
export async function readContents(
  ctx: Context,
  directory: string,
  changes: readonly Change[],
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
  let room = MAX_ALL;
  let unread = 0;
  const bySize = [...new Set(texts.map(({ oid }) => oid))].map((oid) => ({ oid, size: sizes.get(oid) ?? 0 }));
  for (const { oid, size } of bySize.sort((a, b) => a.size - b.size)) {
    if (size <= MAX_EACH && size <= room) {
      chosen.add(oid);
      room -= size;
    } else unread += size;
  }
  const contents = await contentsOf(ctx, directory, [...chosen]);
  for (const link of links) link.target = contents.get(link.oid) ?? UNREADABLE;
  await noteHidden(ctx, directory, texts, contents);
  return unread;
}

/** No system takes a longer one; it counts as one that leads away. */
const MAX_LINK = 4096;
const UNREADABLE = "/";

async function noteHidden(
  ctx: Context,
  directory: string,
  texts: readonly Change[],
  contents: ReadonlyMap<string, string>,
): Promise<void> {
  const counts = new Map([...contents].map(([oid, bytes]) => [oid, hiddenIn(bytes)]));
  const hits = texts.filter(({ oid }) => {
    const now = counts.get(oid);
    return now !== undefined && now.bidi + now.escape > 0;
  });
  if (hits.length === 0) return;
  const earlier = [
    ...new Set(hits.slice(0, MAX_COMPARED).flatMap(({ before }) => before.map(({ oid }) => oid))),
  ];
  const small = await sizesOf(ctx, directory, earlier);
  const old = await contentsOf(
    ctx,
    directory,
    earlier.filter((oid) => (small.get(oid) ?? MAX_EACH) < MAX_EACH),
  );
  for (const change of hits) {
    const now = counts.get(change.oid);
    const before = change.before.flatMap(({ oid }) => {
      const bytes = old.get(oid);
      return bytes === undefined ? [] : [hiddenIn(bytes)];
    });
    const hidden = now && hiddenMore(now, before);
    if (hidden !== undefined) change.hidden = hidden;
  }
}

const MAX_COMPARED = 200;

/** Blobs by their ids, bytes one character each; those that are none or too large are left out. */
async function contentsOf(
  ctx: Context,
  directory: string,
  oids: readonly string[],
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const wanted = oids.filter((oid) => !/^0*$/.test(oid));
  if (wanted.length === 0) return found;
  const input = wanted.map((oid) => `${oid}\n`).join("");
  const { stdout } = await git(ctx, directory, ["cat-file", "--batch"], { ...LATIN1, input });
  for (let at = 0; at < stdout.length; ) {
    const end = stdout.indexOf("\n", at);
    const [oid = "", type, size] = stdout.slice(at, end).split(" ");
    at = end + 1;
    if (size === undefined) continue;
    if (type === "blob") found.set(oid, stdout.slice(at, at + Number(size)));
    at += Number(size) + 1;
  }
  return found;
}
