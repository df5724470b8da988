// What a fetch is asked for, and what it says of itself.
import type { Target } from "../../../target.ts";
import type { Examined } from "../../customs/classify.ts";
import type { LargeFilesToCome } from "../../lfs/fetch.ts";
import type { News } from "../../submodules/home/news.ts";
import type { BranchName } from "../../workspace/names.ts";
import type { Workspace } from "../../workspace/registry.ts";
import type { Repository } from "../../workspace/repository.ts";
import type { Observation } from "../parse.ts";
import type { WorkspaceState } from "../state-words.ts";
import type { Verdict } from "../verdict.ts";
import type { Customs } from "./fetch-steps.ts";
import type { FetchPlan, Way } from "./plan-fetch.ts";

export interface FetchOptions {
  /** Every branch of the workspace into its mirror; only the workspace's own moves a branch of the host. */
  all?: boolean;
  /** Another branch of the workspace, for the host's branch of that name or the one that `way` ("as") names. */
  from?: string;
  /** Uncommitted files and stashes into the vault. */
  wip?: boolean;
  /** Says what would be done; changes neither references nor objects. */
  dryRun?: boolean;
  /** Without one the branch only moves forward. */
  way?: Way | undefined;
  /** Takes what could run on the host by itself without being asked. */
  acceptRisk?: boolean;
  /** Gets what the customs found, also when the fetch is refused for it. */
  found?: Customs["found"];
}

export interface Fetched {
  /** As it was before the host's branch moved. */
  verdict: Verdict;
  /** What was done, or with `dryRun` would be; a plan that refuses is thrown unless it is a dry run. */
  plan: FetchPlan;
  dryRun: boolean;
  /** The commit that the branch had and has; undefined where there was none or nothing moved. */
  from: string | undefined;
  to: string | undefined;
  /** How many commits of the workspace the host's branch gained; 0 for a branch that was made. */
  gained: number;
  /** One cleaned line for each of them, the newest first; capped. */
  commits: string[];
  /** Cleaned lines of `git diff --stat` between the two. */
  stat: string[];
  /** What the workspace holds beside the commits of its branch. */
  state: WorkspaceState;
  /** The paths behind the counts, as the guest says them: not cleaned. */
  uncommitted: Pick<Observation, "changed" | "untracked" | "ignored">;
  /** With `all`: every other branch that came, as text. */
  brought: string[];
  workspace: Workspace;
  /** The branch of the workspace that this is about. */
  source: BranchName;
  /** Uncommitted work was asked for, and is or would be saved. */
  wip: boolean;
  /** The submodules that have something to say. */
  submodules: News[];
  /** Of a dry run, where the host has the commits that would come. */
  examined?: Examined;
  /** Of a dry run, where the workspace has some. */
  largeFiles?: LargeFilesToCome;
}

/** The two sides of one fetch, and what was asked for. */
export interface Pair {
  repo: Repository;
  workspace: Workspace;
  /** The same with the branch of it that is fetched. */
  source: Workspace;
  target: Target;
  way: Way;
  all: boolean;
  wip: boolean;
  customs: Customs;
}
