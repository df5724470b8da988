// agent-vm scan: looks into what a push would send and what was fetched, and wakes no VM for it.
import { query } from "../../adapters/git.ts";
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { nearest } from "../help/near.ts";
import { scanOfSubmodules } from "../submodules/scan-out.ts";
import { knownOf } from "../sync/mirror.ts";
import { quoted } from "../sync/plan.ts";
import { companionsOf } from "../sync/push/companions.ts";
import { plural } from "../sync/words.ts";
import { branchTip, parseBranch } from "../workspace/branch.ts";
import { hostBranches } from "../workspace/known.ts";
import type { BranchName } from "../workspace/names.ts";
import { findWorkspace } from "../workspace/registry.ts";
import { findRepository, type Repository } from "../workspace/repository.ts";
import { chooseScanner, type Scanner } from "./engine.ts";
import { type Finding, stops } from "./finding.ts";
import { incoming, outgoing, stillThere, withoutKnown } from "./gate.ts";
import { noteKnown, readNotes } from "./notes.ts";
import { type Scanned, scanRange } from "./scan.ts";
import { findingLines, scannedJson, skippedLines } from "./text.ts";

export interface Shown {
  branch: string;
  scanner: string;
  outgoing: Scanned;
  incoming: Scanned;
  /** How many findings of now are known, and so left out above. */
  known: number;
}

const NOTHING: Scanned = { findings: [], skipped: [], unseen: [], commits: 0 };

/**
 * What is known is left out; `baseline` makes all that is found known. Throws UserError (1) when the scan fails.
 */
export async function scanBranch(ctx: Context, name: string | undefined, baseline: boolean): Promise<Shown> {
  const repo = await findRepository(ctx);
  const branch = name === undefined ? await currentBranch(ctx, repo) : await parseBranch(ctx, name);
  const tip = await branchTip(ctx, repo, branch);
  const workspace = await findWorkspace(ctx, repo.id, branch);
  const { mirror } = workspace === undefined ? {} : await knownOf(ctx, repo.directory, workspace);
  if (tip === undefined && mirror === undefined) {
    const [meant] = nearest(branch, await hostBranches(ctx));
    throw new UserError(`There is no branch "${sanitize(branch)}".`, {
      ...(meant !== undefined && { hint: `Did you mean: agent-vm scan ${quoted(meant)}` }),
      exit: EXIT.usage,
    });
  }
  const scanner = await chooseScanner(ctx);
  const look = (range: Parameters<typeof scanRange>[2]) => scanRange(ctx, repo.directory, range, scanner);
  const out = tip === undefined ? NOTHING : await outgoingOf(ctx, repo, { branch, tip, scanner });
  const come = mirror === undefined ? NOTHING : await look(incoming([mirror]));
  const all = [...out.findings, ...come.findings];
  if (baseline && all.length > 0) await noteKnown(ctx, repo.id, scanner.mark, all);
  const { known } = await readNotes(ctx, repo.id, scanner.mark);
  const [left, other] = [withoutKnown(out, known), withoutKnown(come, known)];
  const unknown = left.findings.length + other.findings.length;
  return { branch, scanner: scanner.name, outgoing: left, incoming: other, known: all.length - unknown };
}

/** The branch and its submodules. */
async function outgoingOf(
  ctx: Context,
  repo: Repository,
  { branch, tip, scanner }: { branch: BranchName; tip: string; scanner: Scanner },
): Promise<Scanned> {
  const range = outgoing(await allThatGoes(ctx, repo, branch, tip), await sentBefore(ctx, repo, scanner));
  const own = await scanRange(ctx, repo.directory, range, scanner);
  const inside = await scanOfSubmodules(ctx, { repo, commit: tip, scanner }, (directory) =>
    sentBefore(ctx, { id: repo.id, directory }, scanner),
  );
  const all = [own, ...inside];
  return {
    findings: all.flatMap((one) => one.findings),
    skipped: all.flatMap((one) => one.skipped),
    unseen: [],
    commits: all.reduce((sum, one) => sum + one.commits, 0),
  };
}

/** As for a new workspace: what another one has is known to the VM alone. */
async function allThatGoes(ctx: Context, repo: Repository, name: BranchName, oid: string): Promise<string[]> {
  const { missing } = await companionsOf(ctx, repo, { name, oid }, new Map());
  return [oid, ...missing.map((one) => one.oid)];
}

/** With a remote, what it has not is looked into each time; without one only what was not sent yet. */
async function sentBefore(
  ctx: Context,
  repo: Pick<Repository, "id" | "directory">,
  { mark }: Scanner,
): Promise<string[]> {
  const remote = await query(ctx, repo.directory, ["for-each-ref", "--count=1", "refs/remotes/"]);
  return remote === "" ? stillThere(ctx, repo, (await readNotes(ctx, repo.id, mark)).sent) : [];
}

async function currentBranch(ctx: Context, repo: Repository): Promise<BranchName> {
  const name = await query(ctx, repo.directory, ["symbolic-ref", "--quiet", "--short", "HEAD"]);
  if (name !== "") return name as BranchName;
  throw new UserError("No branch is checked out here.", {
    hint: "Name one: agent-vm scan <branch>",
    exit: EXIT.usage,
  });
}

const findingsOf = (shown: Shown): Finding[] => [...shown.outgoing.findings, ...shown.incoming.findings];

/** What makes the exit code 4: something that would stop a push or a fetch. */
export const hasSecrets = (shown: Shown): boolean => findingsOf(shown).some(stops);

export const shownJson = (shown: Shown) => ({
  /** Version of this form. */
  schema: 1,
  ...shown,
  outgoing: scannedJson(shown.outgoing),
  incoming: scannedJson(shown.incoming),
});

export function shownLines({ outgoing: out, incoming: come, scanner, known }: Shown): string[] {
  const part = (what: string, { findings, skipped, commits }: Scanned) => [
    `${what}: ${plural(commits, "new commit")}, ${plural(findings.length, "finding")}`,
    ...findingLines(findings, 1000),
    ...skippedLines(skipped),
  ];
  const baseline = known > 0 ? [`Known and left out: ${known}`] : [];
  return [...part("To the VM", out), ...part("Fetched", come), ...baseline, `Looked with ${scanner}.`];
}
