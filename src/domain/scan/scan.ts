// Looks for secrets in what a range of commits brings: every new file once, with bounded memory and time.
import { readObjects, sizesOf } from "../../adapters/cat-file.ts";
import type { Context } from "../../context.ts";
import { UserError } from "../../errors.ts";
import { rememberSecrets } from "../../guard/mask.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { sizeText } from "../consent.ts";
import { plural } from "../sync/words.ts";
import { type Change, changesIn, type Range } from "./changes.ts";
import type { Hit, Scanner } from "./engine.ts";
import { byLevel, type Finding, findingOf, TAG, wordsOf } from "./finding.ts";
import { type Behind, behind, lookBehind } from "./large.ts";
import { textIn } from "./match.ts";
import type { Unseen } from "./notes.ts";
import { type Tools, withTools } from "./tools.ts";

export interface Scanned {
  /** The gravest first. */
  findings: Finding[];
  /** What nobody looked into, as cleaned lines: files too large. */
  skipped: string[];
  /** Large files (Git LFS) whose content is not here. */
  unseen: Unseen[];
  commits: number;
}

const MiB = 1024 * 1024;
/** Held in memory, one at a time. */
const MAX_FILE = 16 * MiB;
/** Larger ones with a NUL byte are pictures, archives and programs. */
const MAX_BINARY = MiB;
/** Files asked for at a time. */
const CHUNK = 1000;

/** The findings of a range that the files' earlier contents have not. Throws as withTools. */
export const scanRange = (
  ctx: Context,
  directory: string,
  range: Range,
  scanner: Scanner,
): Promise<Scanned> => withTools(ctx, scanner, (tools) => look(ctx, directory, range, tools));

/** The findings of large files (Git LFS) that are in the repository's store by now. Throws as withTools. */
export const scanBehind = (
  ctx: Context,
  directory: string,
  all: readonly Behind[],
  scanner: Scanner,
): Promise<Scanned> =>
  withTools(ctx, scanner, async (tools) => {
    const { skipped, unseen } = await lookIntoLarge(ctx, directory, all, tools);
    const hits = await tools.engine.end();
    return { findings: concluded(hits), skipped, unseen, commits: 0 };
  });

async function look(ctx: Context, directory: string, range: Range, tools: Tools): Promise<Scanned> {
  const skipped: string[] = [];
  const unseen: Unseen[] = [];
  let commits = 0;
  let step: ReturnType<typeof ctx.out.step> | undefined;
  let waiting: Change[] = [];
  let files = 0;
  const flush = async () => {
    const seen = await lookInto(ctx, directory, waiting, tools);
    skipped.push(...seen.skipped);
    unseen.push(...seen.unseen);
    files += waiting.length;
    waiting = [];
    step?.update(`${plural(commits, "commit")}, ${plural(files, "file")}`);
  };
  try {
    const tags = [...(await sizesOf(ctx, directory, range.tips, "tag")).keys()];
    await readObjects(ctx, directory, tags, (oid, bytes) =>
      tools.engine.take({ commit: oid, path: TAG, oid, old: [] }, bytes),
    );
    for await (const change of changesIn(ctx, directory, range)) {
      tools.check();
      if (change.path === "") commits += 1;
      if (change.text === undefined) waiting.push(change);
      else await tools.engine.take(change, Buffer.from(change.text, "latin1"));
      if (waiting.length < CHUNK) continue;
      step ??= ctx.out.step("look for secrets in what is new");
      await flush();
    }
    await flush();
    const hits = await withoutOld(ctx, directory, await tools.engine.end());
    step?.done();
    return { findings: concluded(hits), skipped, unseen, commits };
  } catch (error) {
    step?.failed();
    throw error;
  }
}

/** From here on their values are masked in what is printed. */
function concluded(hits: readonly Hit[]): Finding[] {
  for (const hit of hits) rememberSecrets(hit.level === "low" ? [] : wordsOf(hit.value));
  return byLevel(once(hits).map((hit) => findingOf(hit.change, hit)));
}

type Seen = Pick<Scanned, "skipped" | "unseen">;

async function lookInto(
  ctx: Context,
  directory: string,
  changes: readonly Change[],
  tools: Tools,
): Promise<Seen> {
  if (changes.length === 0) return { skipped: [], unseen: [] };
  const byOid = new Map(changes.map((change) => [change.oid, change]));
  const sizes = await sizesOf(ctx, directory, [...byOid.keys()], "blob");
  const missing = changes.find(({ oid }) => !sizes.has(oid));
  if (missing) throw new UserError(`The file ${nameOf(missing)} of a commit is not in the repository.`);
  const skipped: string[] = [];
  const small = changes.filter((change) => {
    const size = sizes.get(change.oid) ?? 0;
    if (size > MAX_FILE) skipped.push(skippedLine(change, "a large file", size));
    return size <= MAX_FILE;
  });
  const oids = small.map((change) => change.oid);
  const large: Behind[] = [];
  await readObjects(ctx, directory, oids, async (oid, bytes) => {
    const change = byOid.get(oid) as Change;
    large.push(...[behind(change, bytes)].filter((one) => one !== undefined));
    skipped.push(...(await take(tools, change, bytes)));
  });
  const seen = await lookIntoLarge(ctx, directory, large, tools);
  return { skipped: [...skipped, ...seen.skipped], unseen: seen.unseen };
}

async function lookIntoLarge(
  ctx: Context,
  directory: string,
  all: readonly Behind[],
  tools: Tools,
): Promise<Seen> {
  const skipped: string[] = [];
  const left = await lookBehind(ctx, directory, all, {
    most: MAX_FILE,
    take: async (change, bytes) => {
      skipped.push(...(await take(tools, change, bytes)));
    },
    skip: (change, size) => skipped.push(skippedLine(change, "a large file (Git LFS)", size)),
  });
  const unseen = left.map(({ change: { commit, path }, pointer: { oid } }) => ({ oid, commit, path }));
  return { skipped, unseen };
}

/** Returns why nobody looked into it, if so. */
async function take({ engine, check }: Tools, change: Change, bytes: Buffer): Promise<string[]> {
  check();
  if (bytes.length > MAX_BINARY && textIn(bytes).binary)
    return [skippedLine(change, "a large binary file", bytes.length)];
  await engine.take(change, bytes);
  return [];
}

const skippedLine = (change: Change, why: string, size: number): string =>
  `${nameOf(change)}: ${why}, ${sizeText(size)}`;

const nameOf = ({ path }: Change): string => sanitize(Buffer.from(path, "latin1").toString());

/** Hits whose value did not stand in the file before the commit: what was there has gone its way earlier. */
async function withoutOld(ctx: Context, directory: string, hits: readonly Hit[]): Promise<Hit[]> {
  const byOld = new Map<string, Hit[]>();
  for (const hit of hits) {
    for (const oid of hit.change.old) {
      const others = byOld.get(oid);
      if (others) others.push(hit);
      else byOld.set(oid, [hit]);
    }
  }
  const asked = [...byOld.keys()];
  const sizes = await sizesOf(ctx, directory, asked, "blob");
  const readable = [...sizes].flatMap(([oid, size]) => (size <= MAX_FILE ? [oid] : []));
  const known = new Set<Hit>();
  await readObjects(ctx, directory, readable, (oid, bytes) => {
    const { text } = textIn(bytes);
    for (const hit of byOld.get(oid) ?? []) if (text.includes(hit.value)) known.add(hit);
  });
  return hits.filter((hit) => !known.has(hit));
}

/** One value in one file is one finding, however often it stands there and in how many of the commits. */
function once(hits: readonly Hit[]): Hit[] {
  const seen = new Set<string>();
  return hits.filter(({ rule, value, change: { path } }) => {
    const key = `${rule}\0${path}\0${value}`;
    const fresh = !seen.has(key);
    seen.add(key);
    return fresh;
  });
}
