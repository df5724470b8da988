// What `fetch` says at its end: what was done, what is left in the workspace, what to type next. Pure.

import { sanitize } from "../../../guard/sanitize.ts";
import { rehearsalLines } from "../../customs/report.ts";
import { toComeLines } from "../../lfs/words.ts";
import { newsLines } from "../../submodules/home/news.ts";
import { keptRef, mirrorRef } from "../names-of-refs.ts";
import { quoted, typed } from "../plan.ts";
import { stateWords } from "../state-words.ts";
import { verdictText } from "../verdict.ts";
import { nameLines, plural, short } from "../words.ts";
import type { Fetched } from "./fetch.ts";
import { type FetchPlan, fetchOf } from "./plan-fetch.ts";

/** The lines after the commits and the statistics. */
export function fetchSummary(fetched: Fetched): string[] {
  const done = fetched.dryRun ? planned(fetched) : summary(fetched);
  const submodules = newsLines(fetched.submodules, `agent-vm fetch ${quoted(fetched.workspace.branch)}`);
  return [...done, ...submodules, ...leftLines(fetched), ...branchLines(fetched)];
}

function summary({ workspace, source, verdict, plan, gained: count, from, to }: Fetched): string[] {
  const name = sanitize(source);
  if (plan.do === "create") {
    const made = `Made "${sanitize(plan.branch)}" on the host at the workspace's commit${plan.branch === source ? again(verdict) : `; "${name}" was not moved`}.`;
    return [made, `Look at it with: git log -p ${quoted(plan.branch)}`];
  }
  if (plan.do !== "advance" || from === undefined || to === undefined)
    return [`Nothing to fetch for "${name}": ${verdictText(verdict)}.`];
  const range = `${short(from)}..${quoted(plan.branch)}`;
  const gained = `"${sanitize(plan.branch)}" has ${plural(count, "new commit")}`;
  const look = `Look at them with: git log -p ${range}`;
  const push = `agent-vm push ${quoted(workspace.branch)}`;
  switch (plan.how) {
    case "forward":
      return [`${gained}. ${look}`];
    case "merge":
      return [`${gained} and a merge. ${look}`, `The workspace follows with: ${push}`];
    case "rebase host":
      return [
        `${gained}, and your own commits lie on top of them. ${look}`,
        keptLine(workspace, from),
        `The workspace follows with: ${push}`,
      ];
    case "rebase workspace":
      return [
        `${gained}: the workspace's, replayed on top of yours. ${look}`,
        `The workspace has them in their old form still; it follows with: ${push} --reset`,
      ];
    case "reset":
      return [
        `"${sanitize(plan.branch)}" is at the workspace's commit now. ${look}`,
        keptLine(workspace, from),
      ];
  }
}

const again = (verdict: Fetched["verdict"]): string =>
  verdict.kind === "not on the host" && verdict.deleted ? " (it was deleted here)" : "";

const keptLine = (workspace: Fetched["workspace"], from: string): string =>
  `What it was before is kept in ${keptRef(workspace, from)}`;

function planned({ source, verdict, plan, examined, largeFiles, state }: Fetched): string[] {
  const name = sanitize(source);
  const first = `"${name}": ${verdictText(verdict)}. Nothing was changed.`;
  const ways = plan.do === "refuse" ? [...plan.why.details.map((line) => `  ${line}`), plan.why.hint] : [];
  const moves = plan.do === "create" || plan.do === "advance";
  const customs = moves ? rehearsalLines(examined) : [];
  const inside = nameLines("It would bring commits of the submodule", state.submodules);
  return [first, wouldDo(plan, source, verdict), ...inside, ...toComeLines(largeFiles), ...ways, ...customs];
}

function wouldDo(plan: FetchPlan, branch: string, verdict: Fetched["verdict"]): string {
  if (plan.do === "refuse") return `A fetch would be refused: ${plan.why.message}`;
  if (plan.do === "nothing") return `A fetch would move nothing: ${verdictText(verdict)}.`;
  const name = `"${sanitize(plan.branch)}"`;
  const other = plan.branch === branch ? "" : `, and "${sanitize(branch)}" would stay`;
  if (plan.do === "create") return `A fetch would make ${name} at the workspace's commit${other}.`;
  const files = plan.path === undefined ? "" : `, with the files in ${sanitize(plan.path)}`;
  const kept = plan.keep ? "; its old commit would be kept" : "";
  const conflicts = "; whether that works without conflicts is seen when it is done";
  switch (plan.how) {
    case "forward":
      return `A fetch would move ${name} forward to the workspace's commit${files}${other}.`;
    case "merge":
      return `A fetch would make a merge commit on ${name}${files}${conflicts}.`;
    case "rebase host":
      return `A fetch would replay the host's commits on top of the workspace's${files}${kept}${conflicts}.`;
    case "rebase workspace":
      return `A fetch would replay the workspace's commits on top of the host's${files}${conflicts}.`;
    case "reset":
      return `A fetch would set ${name} to the workspace's commit${files}${kept}.`;
  }
}

/** What is not committed, counted and named, and where the workspace is when it is not on its branch. */
function leftLines({ state, uncommitted, workspace, dryRun }: Fetched): string[] {
  const { on, detached, unpopulated: _, ...rest } = state;
  const words = stateWords({ ...rest, otherBranches: [], ...(dryRun && { submodules: [] }) });
  const elsewhere = [
    ...(on === undefined ? [] : [`The workspace has "${sanitize(on)}" checked out now.`]),
    ...(detached === undefined
      ? []
      : [
          `The workspace has no branch checked out (detached HEAD at ${short(detached)}); what only that has is not fetched. There: git branch <name>`,
        ]),
  ];
  if (words.length === 0) return elsewhere;
  const { changed, untracked, ignored } = uncommitted;
  const names = [
    ...nameLines("changed", changed),
    ...nameLines("untracked", untracked),
    ...nameLines("ignored", ignored),
  ];
  const wip = `Bring it home too: agent-vm fetch ${quoted(workspace.branch)} --wip`;
  const uncommittedWork = names.length + state.stashes > 0;
  return [
    `In the workspace, and not fetched: ${words.join(", ")}.`,
    ...names.map((line) => `  ${line}`),
    ...(uncommittedWork ? [wip] : []),
    ...elsewhere,
  ];
}

const MAX_COMMANDS = 10;

function branchLines({ brought, state, workspace }: Fetched): string[] {
  const commands = brought.map((name) => {
    if (typed(name) === undefined)
      return `"${sanitize(name)}": not a name to type; see git for-each-ref ${mirrorRef(workspace, "")}`;
    return fetchOf(workspace.branch, name);
  });
  const more = commands.length - MAX_COMMANDS;
  const rest = state.otherBranches.filter((name) => !brought.includes(name));
  return [
    ...(brought.length > 0
      ? [
          `${plural(brought.length, "other branch").replace("branchs", "branches")} came too; to have one as a branch of yours:`,
        ]
      : []),
    // Whole lines: half a command has half a quote.
    ...commands.slice(0, MAX_COMMANDS).map((line) => `  ${line}`),
    ...(more > 0 ? [`  … and ${more} more`] : []),
    ...(rest.length > 0
      ? [
          ...nameLines("other branch with commits the host has not", rest),
          `Bring them home too: agent-vm fetch ${quoted(workspace.branch)} --all`,
        ]
      : []),
  ];
}
