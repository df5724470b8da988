// What a fetch did with the submodules, as values and as lines: one for each that has something to say. Pure.
import { sanitize } from "../../../guard/sanitize.ts";
import { quoted } from "../../sync/plan.ts";
import { type Verdict, verdictText } from "../../sync/verdict.ts";
import { short } from "../../sync/words.ts";
import type { Followed } from "./follow.ts";
import type { Home } from "./names.ts";

export interface News {
  /** In the work tree, by the rules. */
  path: string;
  /** What the host's branch recorded, and what the workspace's commit records. */
  from: string | undefined;
  to: string;
  /** Of the two, where the host can tell. */
  verdict: Verdict | undefined;
  /** New commits of the superproject record it. */
  recorded: boolean;
  /** Branches of it that came, as text. */
  came: string[];
  home: Home;
  cloned: boolean;
  files: Followed;
  /** Nothing was fetched of it: the host has no clone, and nothing records what is new. */
  stays: boolean;
  /** The workspace's commit declares it no more. */
  former: boolean;
}

/** `command`: the fetch that was typed. */
export const newsLines = (news: readonly News[], command: string): string[] =>
  news.flatMap((one) => lineOf(one, command));

function lineOf(one: News, command: string): string[] {
  const { path, home, recorded, came, cloned, stays } = one;
  const name = `Submodule ${sanitize(path)}`;
  if (one.former) return formerLine(name, one);
  const init = `git submodule update --init -- ${quoted(path)}, then ${command}`;
  if (stays)
    return [
      `${name}: this host has no clone of it, so its commits stay in the workspace. To bring them: ${init}`,
    ];
  if (!recorded && came.length === 0) return [];
  const branches = came.length > 0 ? [`${came.map((branch) => sanitize(branch)).join(", ")} came`] : [];
  const said = [...(recorded ? [stateOf(one)] : []), ...branches].join("; ");
  if (!cloned)
    return [
      `${name}: ${said}. This host has no clone of it; its commits are kept here below ${home.refs}. To have its files: ${init}`,
    ];
  return [`${name}: ${said}${filesOf(one)}`];
}

function formerLine(name: string, { came, home, cloned, stays }: News): string[] {
  const none = "which the workspace's commit declares no more";
  if (stays)
    return [
      `${name}, ${none}: this host has no clone of it, so its commits stay in the workspace; clean saves them.`,
    ];
  if (came.length === 0) return [];
  const where = `below ${home.refs}${cloned ? "heads/ of its clone" : ""}`;
  return [`${name}, ${none}: ${came.map((branch) => sanitize(branch)).join(", ")} came, ${where}.`];
}

const stateOf = ({ verdict, to }: News): string =>
  verdict === undefined ? `new, at ${short(to)}` : `${verdictText(verdict)}, at ${short(to)}`;

function filesOf({ path, files, came, home }: News): string {
  if (files === "followed") return "; its files followed.";
  if (files !== undefined)
    return `; its files stay, for ${files.not}. They follow with: git submodule update -- ${quoted(path)}`;
  return came.length > 0 ? `, below ${home.refs}heads/ of its clone.` : ".";
}

/** For `fetch --json`. */
export const newsJson = ({ path, from, to, verdict, recorded, came, cloned, files, stays }: News) => ({
  path: sanitize(path, 4096),
  from: from ?? null,
  to,
  verdict: verdict ?? null,
  recorded,
  branches: came.map((branch) => sanitize(branch)),
  cloned,
  files: files === undefined ? null : files === "followed" ? "followed" : "stayed",
  stays,
});
