// git push into a workspace's directory, and what became of each reference.
import { transfer } from "../../../adapters/git.ts";
import type { Context } from "../../../context.ts";
import { ToolError } from "../../../errors.ts";
import { sanitizeLines } from "../../../guard/sanitize.ts";
import type { Target } from "../../../target.ts";
import { oneByOne } from "../../clones/shallow.ts";
import { scanOutgoing } from "../../scan/gate.ts";
import { showProgress } from "../git-progress.ts";
import type { Pairing } from "../pairing.ts";
import { guestTrouble } from "../trouble.ts";
import { refspecOf, type Sent } from "./companions.ts";

// A command line beats the workspace's configuration, which is the agent's to change.
const OTHER_END =
  "--receive-pack=git -c receive.denyCurrentBranch=updateInstead -c receive.shallowUpdate=true -c core.ignoreCase=false -c core.checkStat=default -c core.trustctime=true -c lfs.url=file:///dev/null -c lfs.skipdownloaderrors=true receive-pack";

/** An argument list may not grow without end. */
const CHUNK = 2000;

const chunks = (all: readonly Sent[]): Sent[][] =>
  Array.from({ length: Math.ceil(all.length / CHUNK) }, (_, at) => all.slice(at * CHUNK, (at + 1) * CHUNK));

export interface Sending {
  /** The reference that the push is about: it must go through. The first of `all`. */
  main: string | undefined;
  all: readonly Sent[];
  /** A commit that the workspace has, to tell the size of what travels. */
  old?: string | undefined;
  /** References of the workspace that go with it. */
  gone?: readonly string[];
  words: string;
}

/**
 * Sends references in as few pushes as argument lists allow. Returns those that the workspace refused; when the main
 * one is among them, throws instead.
 */
export async function send(ctx: Context, target: Target, pair: Pairing, what: Sending): Promise<string[]> {
  const { repo, workspace } = pair;
  await scanOutgoing(
    ctx,
    pair,
    what.all.map((one) => one.oid),
  );
  const step = ctx.out.step(what.words);
  const refusedRefs: string[] = [];
  try {
    const together = repo.shallow ? oneByOne(what.all) : [what.all];
    let gone = (what.gone ?? []).map((ref) => `:${ref}`);
    for (const refs of together.flatMap(chunks)) {
      const result = await transfer(
        ctx,
        repo.directory,
        {
          target,
          dir: workspace.dir,
          verb: "push",
          options: [OTHER_END],
          refspecs: [...refs.map(refspecOf), ...gone],
          onLine: showProgress(step.update, "sent; the VM unpacks it and puts the files in place"),
        },
        [0, 1],
      );
      gone = [];
      const lost = result.code === 0 ? [] : refusedOf(result.stdout);
      refusedRefs.push(...lost);
      if (result.code === 0 || (lost.length > 0 && !lost.includes(what.main ?? ""))) continue;
      const stderrTail = sanitizeLines(`${result.stderr}\n${result.stdout}`).slice(-12).join("\n");
      throw new ToolError({ argv: ["git", "push"], code: result.code, stderrTail });
    }
  } catch (error) {
    step.failed();
    const tips = what.all.slice(0, 1).map((one) => one.oid);
    const range = [...tips, ...(what.old === undefined ? [] : [`^${what.old}`])];
    const about = { doing: "the push", directory: repo.directory, range, dir: workspace.dir };
    throw await guestTrouble(ctx, target, error, about);
  }
  step.done();
  return refusedRefs;
}

/** The references that `git push --porcelain` marks as refused: "!" TAB from:to TAB why. */
export function refusedOf(porcelain: string): string[] {
  return porcelain.split("\n").flatMap((line) => {
    const [flag, pair = ""] = line.split("\t");
    return flag === "!" ? [pair.slice(pair.lastIndexOf(":") + 1)] : [];
  });
}
