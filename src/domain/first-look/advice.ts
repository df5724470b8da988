// What `agent-vm` alone says: what is there, and the one next thing to type. Pure.
import { cutTo, widthOf } from "../../guard/width.ts";
import type { ListedSession } from "../session/list.ts";
import { byDirectory, summaryOf, summaryText } from "../session/summary.ts";
import { quoted } from "../sync/plan.ts";
import { plural } from "../sync/words.ts";
import type { VmState } from "../vm/state.ts";
import type { Surroundings } from "../workspace/known.ts";
import type { Workspace } from "../workspace/registry.ts";

export interface Facts {
  vm: string;
  state: VmState;
  /** The command that works on the VM now. */
  busy: string | undefined;
  /** Undefined outside of a repository. */
  repo: Surroundings | undefined;
  /** Of this repository; the newest last. */
  workspaces: readonly Workspace[];
  /** Workspaces of other repositories. */
  elsewhere: number;
  /** Of the whole VM, the newest first; undefined when nobody could be asked at once. */
  sessions: readonly ListedSession[] | undefined;
  /** The program as it has to be typed here: with --vm and --repo, when another VM or repository is meant. */
  program: string;
  /** And git. */
  git: string;
}

export interface Advice {
  lines: string[];
  next: string;
  /** Why, in a few words. */
  because: string;
}

const MOST = 10;
const FIRST_BRANCH = "first-branch";

const STATES: Record<VmState, string> = {
  missing: "There is no VM yet",
  "half-made": "The making of the VM was interrupted",
  foreign: "A Lima instance has the VM's name and was not made by agent-vm",
  stopped: "The VM is stopped",
  starting: "The VM is starting",
  stopping: "The VM is stopping",
  running: "The VM is running",
  "not answering": "The VM is running and does not answer",
  broken: "The VM is broken",
};

export function advise(facts: Facts, columns: number): Advice {
  const { state, vm, busy } = facts;
  const word = STATES[state].replace(/VM/, `VM ${vm}`);
  const at = busy === undefined ? "" : ` (${busy} is at work)`;
  return { lines: [`${word}${at}.`, ...repositoryLines(facts, columns)], ...nextOf(facts) };
}

function repositoryLines(facts: Facts, columns: number): string[] {
  const { repo, workspaces, elsewhere, sessions } = facts;
  const others = elsewhere === 0 ? [] : [`Other repositories have ${plural(elsewhere, "workspace")} in it.`];
  if (!repo) return ["This directory is in no git repository.", ...others];
  if (workspaces.length === 0) return ["This repository has no workspace yet.", ...others];
  const byDir = byDirectory(sessions ?? []);
  const newest = workspaces.toReversed();
  const rows = newest.slice(0, MOST).map(({ branch, dir }) => {
    const summary = summaryOf(byDir.get(dir) ?? []);
    return [String(branch), summary ? summaryText(summary) : ""] as const;
  });
  const wide = Math.max(...rows.map(([branch]) => widthOf(branch)));
  const lines = rows.map(([branch, text]) =>
    cutTo(`  ${branch}${text && " ".repeat(wide - widthOf(branch) + 2)}${text}`, columns),
  );
  const more = newest.length - rows.length;
  return [
    `This repository has ${plural(workspaces.length, "workspace")}:`,
    ...lines,
    ...(more > 0 ? [`  and ${more} more`] : []),
    ...others,
  ];
}

type Next = Pick<Advice, "next" | "because">;

function nextOf(facts: Facts): Next {
  const { program, state } = facts;
  const next = (words: string, because: string): Next => ({ next: `${program} ${words}`, because });
  switch (state) {
    case "starting":
    case "stopping":
      return next("status", "tells when it is done");
    case "half-made":
      return next("start", "goes on with it");
    case "foreign":
      return next("--vm another-name status", "the VM of another name");
    case "not answering":
    case "broken":
      return next("doctor", "tells what is wrong, and the remedy");
    default:
      return nextWork(facts, next);
  }
}

function nextWork(facts: Facts, next: (words: string, because: string) => Next): Next {
  const { repo, workspaces, sessions = [], state } = facts;
  const waiting = sessions.filter((one) => one.state === "waiting" && one.kind !== "shell");
  const mine = waiting.find(({ dir }) => workspaces.some((one) => one.dir === dir));
  const branch = workspaces.find(({ dir }) => dir === mine?.dir)?.branch;
  if (mine && branch !== undefined) return next(`attach ${quoted(branch)}`, "it waits for you");
  if (waiting.length > 0) return next("ps", "who waits for you");
  if (!repo) return withoutRepository(facts, next);
  if (!repo.begun) {
    return {
      next: `${facts.git} commit --allow-empty -m start`,
      because: "a branch needs a commit to begin from",
    };
  }
  const known = workspaces.find((one) => one.branch === repo.branch) ?? workspaces.at(-1);
  if (known) {
    const why = state === "running" ? "its lasting session" : "starts the VM, and opens its session";
    return next(`connect ${quoted(known.branch)}`, why);
  }
  const makes = state === "missing" ? "makes the VM, which takes some minutes, and" : "makes";
  return next(`connect ${FIRST_BRANCH}`, `${makes} a branch with a workspace`);
}

function withoutRepository(
  { state, elsewhere }: Facts,
  next: (words: string, because: string) => Next,
): Next {
  if (state === "missing") {
    const { next: line } = next(`connect ${FIRST_BRANCH}`, "");
    return { next: `cd <a git repository> && ${line}`, because: "asks before it installs anything" };
  }
  if (state === "stopped") return next("start", "workspaces are as you left them");
  return next("status", elsewhere > 0 ? "all workspaces, and where they stand" : "the VM");
}
