// Between commits and the other side: what brings a secret goes on only when the user says so.
import { sizesOf } from "../../adapters/cat-file.ts";
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { knownOf, mirrorRef } from "../sync/mirror.ts";
import { quoted } from "../sync/plan.ts";
import { plural } from "../sync/words.ts";
import type { Workspace } from "../workspace/registry.ts";
import type { Repository } from "../workspace/repository.ts";
import type { Range } from "./changes.ts";
import { chooseScanner, type Scanner } from "./engine.ts";
import { stops } from "./finding.ts";
import { notePassed, readNotes } from "./notes.ts";
import { type Scanned, scanRange } from "./scan.ts";
import { findingLines, skippedLines } from "./text.ts";

type Place = Pick<Repository, "id" | "directory">;
type Named = Pick<Workspace, "dir" | "branch">;

/** What a push of these commits would send that neither the host's remotes nor the workspace have, as the host knows. */
export async function outgoing(
  ctx: Context,
  { directory }: Place,
  workspace: Named | undefined,
  tips: readonly string[],
): Promise<Range> {
  const known = workspace === undefined ? {} : await knownOf(ctx, directory, workspace);
  return { tips, not: Object.values(known), notRefs: ["--remotes"] };
}

/** What a fetched commit brings that no branch or tag of the host has. */
export const incoming = (tip: string): Range => ({
  tips: [tip],
  not: [],
  notRefs: ["--exclude=refs/agent-vm/*", "--all"],
});

/** Before anything is sent. Throws UserError (4) when the user does not want that, (1) when nobody could look. */
export async function scanOutgoing(
  ctx: Context,
  { repo, workspace }: { repo: Place; workspace: Named },
  tips: readonly string[],
): Promise<void> {
  if (ctx.settings.scan === "off") return;
  const range = () => outgoing(ctx, repo, workspace, tips);
  const name = quoted(workspace.branch);
  await pass(ctx, repo, tips, range, {
    found: (count) => `${plural(count, "secret")} would reach the VM with "${sanitize(workspace.branch)}".`,
    question: "Send all of it to the VM?",
    refused: "Nothing was sent.",
    again: `agent-vm push --accept-secrets ${name}`,
    known: `agent-vm scan --baseline ${name}`,
  });
}

/** Before a branch of the host moves to what came from the VM; throws as scanOutgoing. */
export async function scanIncoming(
  ctx: Context,
  { repo, workspace, now }: { repo: Place; workspace: Named; now: string },
): Promise<void> {
  if (ctx.settings.scan !== "both") return;
  const name = quoted(workspace.branch);
  const ref = quoted(mirrorRef(workspace, workspace.branch));
  await pass(ctx, repo, [now], async () => incoming(now), {
    found: (count) => `${plural(count, "secret")} came with the commits of "${sanitize(workspace.branch)}".`,
    question: "Take these commits into your branch?",
    refused: `Your branch did not move; the commits are in ${ref}.`,
    again: `agent-vm fetch --accept-secrets ${name}`,
    known: `agent-vm scan --baseline ${name}`,
  });
}

interface Words {
  found: (count: number) => string;
  question: string;
  refused: string;
  again: string;
  known: string;
}

async function pass(
  ctx: Context,
  repo: Place,
  tips: readonly string[],
  range: () => Promise<Range>,
  words: Words,
): Promise<void> {
  const scanner = await chooseScanner(ctx);
  const notes = await readNotes(ctx, repo.id, scanner.mark);
  if (tips.every((tip) => notes.passed.includes(tip))) return;
  const wanted = await range();
  const passed = await stillThere(ctx, repo, notes.passed);
  const scanned = await scanRange(
    ctx,
    repo.directory,
    { ...wanted, not: [...wanted.not, ...passed] },
    scanner,
  );
  if (scanned.commits === 0) return;
  await judge(ctx, withoutKnown(scanned, notes.known), scanner, words);
  await notePassed(ctx, repo.id, scanner.mark, tips);
}

/** git refuses to be told of a commit that it has no more. */
async function stillThere(ctx: Context, { directory }: Place, tips: readonly string[]): Promise<string[]> {
  if (tips.length === 0) return [];
  return [...(await sizesOf(ctx, directory, tips, "commit")).keys()];
}

export function withoutKnown(scanned: Scanned, known: readonly { digest: string }[]): Scanned {
  const digests = new Set(known.map((one) => one.digest));
  return { ...scanned, findings: scanned.findings.filter((one) => !digests.has(one.digest)) };
}

async function judge(
  ctx: Context,
  { findings, skipped }: Scanned,
  scanner: Scanner,
  words: Words,
): Promise<void> {
  for (const line of skippedLines(skipped)) ctx.out.say(line);
  const grave = findings.filter(stops);
  if (grave.length === 0) {
    for (const line of findingLines(findings)) ctx.out.say(`Perhaps a secret: ${line}`);
    return;
  }
  const message = words.found(grave.length);
  const lines = findingLines(findings);
  if (ctx.flags.acceptSecrets) {
    ctx.out.warn(`${message} You accepted that.`);
    for (const line of lines) ctx.out.say(line);
    return;
  }
  if (ctx.confirm.possible) {
    ctx.out.warn(`${message} (${scanner.name})`);
    for (const line of lines) ctx.out.say(line);
    if (await ctx.confirm.ask(words.question)) return;
    throw new UserError(words.refused, { hint: hintFor(words), exit: EXIT.refused });
  }
  throw new UserError(`${message} ${words.refused}`, {
    details: lines,
    hint: hintFor(words),
    exit: EXIT.refused,
  });
}

const hintFor = ({ again, known }: Words): string =>
  `Take them out of the commits, or accept them this time: ${again}; known ones for good: ${known}`;
