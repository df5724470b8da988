// Sends carried files into a workspace, in one round trip, and notes what came there.
import { randomBytes } from "node:crypto";
import { SSH_FAILED, unreachable } from "../../adapters/ssh.ts";
import type { Context } from "../../context.ts";
import { ToolError, UserError } from "../../errors.ts";
import { fromGuest, parsed } from "../../guard/from-guest.ts";
import { sanitizeLines } from "../../guard/sanitize.ts";
import { during } from "../../io/output.ts";
import { sshArgv, type Target } from "../../target.ts";
import { CARRY, WORDS, type Word } from "./guest/carry.ts";
import { type Carried, noteCarried, type SentFile } from "./record.ts";
import type { CarriedFile } from "./resolve.ts";

export interface Shipment {
  dir: string;
  /** The worktree that the files come from. */
  top: string;
  files: readonly CarriedFile[];
  /** What was sent before. */
  before: Carried | undefined;
  /** Changed files of the VM give way, under another name. */
  replace: boolean;
}

export interface Outcome {
  path: string;
  word: Word;
  /** Where the VM's version lies now, after "replaced". */
  kept?: string;
}

/** Throws UserError when the VM cannot take them; then nothing of them is there. */
export async function sendCarried(ctx: Context, target: Target, shipment: Shipment): Promise<Outcome[]> {
  const { dir, files, replace } = shipment;
  const mark = markOf(new Date());
  const argv = sshArgv(target, ["perl", "-e", CARRY, "--", dir, mark, replace ? "replace" : "keep"]);
  const work = ctx.run(argv, {
    input: wireBytes(shipment),
    encoding: "latin1",
    ok: "any",
    maxKept: 1024 * 1024,
    signal: ctx.signal,
  });
  const { code, stdout, stderr } = await during(ctx.out, "carry files into the workspace", work);
  const details = sanitizeLines(stderr).slice(-12);
  if (code === SSH_FAILED) throw unreachable(new ToolError({ argv, code, stderrTail: details.join("\n") }));
  const said = fromGuest(stdout);
  const words = code === 0 ? parsed(said, parseCarried) : undefined;
  if (words?.length !== files.length) {
    throw new UserError("The VM could not take the carried files.", {
      details,
      hint: "See its state with agent-vm status, then try again: agent-vm push --carry <branch>",
    });
  }
  const outcomes = files.map(({ path }, at) => outcome(path, words[at] ?? "failed", mark));
  await noteCarried(ctx, dir, merged(shipment, outcomes));
  return outcomes;
}

/** A time, and what no other call has: it stands behind the name of a file that gives way. */
const markOf = (now: Date): string =>
  `${now.toISOString().slice(0, 19).replaceAll(/[:T]/g, "-")}-${randomBytes(2).toString("hex")}`;

const outcome = (path: string, word: Word, mark: string): Outcome => ({
  path,
  word,
  ...(word === "replaced" && { kept: `${path}.${mark}` }),
});

function wireBytes({ files, before }: Shipment): Buffer {
  const sent = new Map(before?.files.map((one) => [one.path, one.sha256]));
  const heads = files.flatMap(({ path, mode, bytes, sha256 }) => [
    path,
    mode.toString(8),
    String(bytes.length),
    sha256,
    sent.get(path) ?? "",
  ]);
  const head = [String(files.length), ...heads].map((word) => `${word}\0`).join("");
  return Buffer.concat([Buffer.from(head), ...files.map(({ bytes }) => bytes)]);
}

/** One word for each file; nothing when the workspace is gone or not all of it came. */
export function parseCarried(answer: string): Word[] | undefined {
  const words = answer.split("\0");
  if (words.splice(-2).join("\0") !== "=done\0") return undefined;
  const known = words.map((word) => WORDS.find((one) => one === word));
  return known.every((word) => word !== undefined) ? known : undefined;
}

const ARRIVED: readonly Word[] = ["placed", "same", "updated", "replaced"];

/** What was sent before and stayed is remembered as it was sent. */
function merged({ top, files, before }: Shipment, outcomes: readonly Outcome[]): Carried {
  const all = new Map<string, SentFile>(before?.files.map((one) => [one.path, one]));
  for (const [at, { path, sha256, bytes }] of files.entries()) {
    const word = outcomes[at]?.word;
    if (word && ARRIVED.includes(word)) all.set(path, { path, sha256, bytes: bytes.length });
  }
  const kept = outcomes.flatMap((one) => one.kept ?? []);
  return { version: 1, top, files: [...all.values()], kept: [...(before?.kept ?? []), ...kept] };
}
