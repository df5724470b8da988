// Between commits and the other side: what brings a secret goes on only when the user says so.
import { sizesOf } from "../../adapters/cat-file.ts";
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import type { Pointer } from "../lfs/pointer.ts";
import { mirrorRef } from "../sync/mirror.ts";
import { quoted } from "../sync/plan.ts";
import { plural } from "../sync/words.ts";
import type { Workspace } from "../workspace/registry.ts";
import type { Repository } from "../workspace/repository.ts";
import type { Range } from "./changes.ts";
import { chooseScanner, type Scanner } from "./engine.ts";
import { type Finding, stops } from "./finding.ts";
import { notePassed, noteSeen, readNotes, type Way } from "./notes.ts";
import { type Scanned, scanBehind, scanRange } from "./scan.ts";
import { findingLines, skippedLines } from "./text.ts";

type Place = Pick<Repository, "id" | "directory">;
type Named = Pick<Workspace, "dir" | "branch">;

/**
 * What a push of these commits would send that the host's remotes have not. What the workspace has is not left out by
 * its own word, nor by what was fetched from it: a commit of the VM's may name any parent. What was sent once is.
 */
export const outgoing = (tips: readonly string[], sent: readonly string[]): Range => ({
  tips,
  not: sent,
  notRefs: ["--remotes"],
});

/** What a fetched commit brings that no branch or tag of the host has. */
export const incoming = (tips: readonly string[]): Range => ({
  tips,
  not: [],
  notRefs: ["--exclude=refs/agent-vm/*", "--all"],
});

/** Before anything is sent; `submodule`: its path, when `repo` is a clone of one. Throws UserError (4) when the user does not want that, (1) when nobody could look. */
export async function scanOutgoing(
  ctx: Context,
  { repo, workspace, submodule }: { repo: Place; workspace: Named; submodule?: string },
  tips: readonly string[],
): Promise<void> {
  if (ctx.settings.scan === "off") return;
  const inside = submodule === undefined ? "" : ` in its submodule ${sanitize(submodule)}`;
  await pass(ctx, repo, tips, outgoingWords(workspace, inside));
}

const outgoingWords = ({ branch }: Named, inside = ""): Words => ({
  way: "sent",
  found: (count) => `${plural(count, "secret")} would reach the VM with "${sanitize(branch)}"${inside}.`,
  question: "Send all of it to the VM?",
  refused: "Nothing was sent.",
  again: `agent-vm push --accept-secrets ${quoted(branch)}`,
});

/** Before a branch of the host moves to what came from the VM; throws as scanOutgoing. */
export async function scanIncoming(
  ctx: Context,
  what: { repo: Place; workspace: Named; now: string; ref?: string },
): Promise<void> {
  if (ctx.settings.scan !== "both") return;
  await pass(ctx, what.repo, [what.now], incomingWords(what.workspace, what.ref));
}

const incomingWords = (workspace: Named, named?: string): Words => {
  const ref = quoted(named ?? mirrorRef(workspace, workspace.branch));
  return {
    way: "came",
    found: (count) => `${plural(count, "secret")} came with the commits of "${sanitize(workspace.branch)}".`,
    question: "Take these commits into your branch?",
    refused: `Your branch did not move; the commits are in ${ref}.`,
    again: `agent-vm fetch --accept-secrets ${quoted(workspace.branch)}`,
  };
};

/**
 * Before large files (Git LFS) are sent, and after they came: those that were not here when their commits were looked
 * into. Throws as scanOutgoing.
 */
export async function scanLate(
  ctx: Context,
  { repo, workspace }: { repo: Place; workspace: Named },
  way: Way,
  objects: readonly Pointer[],
): Promise<void> {
  const wanted = way === "sent" ? ctx.settings.scan !== "off" : ctx.settings.scan === "both";
  if (!wanted || objects.length === 0) return;
  const scanner = await chooseScanner(ctx);
  const notes = await readNotes(ctx, repo.id, scanner.mark);
  const pointers = new Map(objects.map((one) => [one.oid, one]));
  const late = notes.unseen.flatMap((change) => {
    const pointer = pointers.get(change.oid);
    return pointer ? [{ change: { ...change, old: [] }, pointer }] : [];
  });
  if (late.length === 0) return;
  const scanned = await scanBehind(ctx, repo.directory, late, scanner);
  const words = way === "sent" ? outgoingWords(workspace) : incomingWords(workspace);
  const accepted = await judge(ctx, withoutKnown(scanned, notes.known), scanner, words);
  const left = new Set(scanned.unseen.map((one) => one.oid));
  const seen = late.map((one) => one.change).filter((one) => !left.has(one.oid));
  await noteSeen(ctx, repo.id, scanner.mark, { seen, accepted });
}

interface Words {
  way: Way;
  found: (count: number) => string;
  question: string;
  refused: string;
  again: string;
}

async function pass(ctx: Context, repo: Place, tips: readonly string[], words: Words): Promise<void> {
  const scanner = await chooseScanner(ctx);
  const notes = await readNotes(ctx, repo.id, scanner.mark);
  if (tips.every((tip) => notes[words.way].includes(tip))) return;
  const range =
    words.way === "sent" ? outgoing(tips, await stillThere(ctx, repo, notes.sent)) : incoming(tips);
  const scanned = await scanRange(ctx, repo.directory, range, scanner);
  if (scanned.commits + scanned.findings.length === 0) return;
  const accepted = await judge(ctx, withoutKnown(scanned, notes.known), scanner, words);
  await notePassed(ctx, repo.id, scanner.mark, { way: words.way, tips, accepted, unseen: scanned.unseen });
}

/** git refuses to be told of a commit that it has no more. */
export async function stillThere(
  ctx: Context,
  { directory }: Place,
  tips: readonly string[],
): Promise<string[]> {
  if (tips.length === 0) return [];
  return [...(await sizesOf(ctx, directory, tips, "commit")).keys()];
}

export function withoutKnown(scanned: Scanned, known: readonly { digest: string }[]): Scanned {
  const digests = new Set(known.map((one) => one.digest));
  return { ...scanned, findings: scanned.findings.filter((one) => !digests.has(one.digest)) };
}

/** Returns what the user accepted. */
async function judge(
  ctx: Context,
  { findings, skipped }: Scanned,
  scanner: Scanner,
  words: Words,
): Promise<Finding[]> {
  for (const line of skippedLines(skipped)) ctx.out.say(line);
  const lines = findingLines(findings);
  const grave = findings.filter(stops);
  if (grave.length === 0) {
    for (const line of lines) ctx.out.say(`Perhaps a secret: ${line}`);
    return [];
  }
  const message = words.found(grave.length);
  const refused = { hint: hintFor(words), exit: EXIT.refused };
  if (!ctx.flags.acceptSecrets && !ctx.confirm.possible)
    throw new UserError(`${message} ${words.refused}`, { details: lines, ...refused });
  ctx.out.warn(`${message} (${scanner.name})`);
  // Nobody is asked about what --quiet hides.
  for (const line of lines) ctx.out.warn(line);
  if (ctx.flags.acceptSecrets || (await ctx.confirm.ask(words.question))) return grave;
  throw new UserError(words.refused, refused);
}

const hintFor = ({ again }: Words): string =>
  `Take them out of the commits, or accept them, which is remembered: ${again}`;
