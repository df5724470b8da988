// What travels beside a branch: its base and tags, as references of the workspace; never anything else.
import type { Context } from "../../../context.ts";
import { sanitize } from "../../../guard/sanitize.ts";
import type { Branch } from "../../workspace/branch.ts";
import type { Repository } from "../../workspace/repository.ts";
import { nameLines } from "../words.ts";
import { type Base, baseOf } from "./base.ts";
import { allTags, type Refs, tagsReachableFrom } from "./tags.ts";

/** Where the host's branches are mirrored in a workspace. */
export const hostRef = (branch: string): string => `refs/remotes/host/${branch}`;

/** One reference of the workspace that is to have a value. */
export interface Sent {
  ref: string;
  oid: string;
  /** A mirror of the host's, so it may move anywhere. */
  force: boolean;
}

export const refspecOf = ({ ref, oid, force }: Sent): string => `${force ? "+" : ""}${oid}:${ref}`;

export interface Companions {
  base: Base | undefined;
  /** What the workspace lacks. */
  missing: Sent[];
  /** Tags that the workspace has with another value: left alone. */
  otherTags: string[];
}

/**
 * The base and the tags that `known`, the workspace's references, does not have yet. The host is asked while `known` is
 * still on its way.
 */
export async function companionsOf(
  ctx: Context,
  repo: Repository,
  branch: Pick<Branch, "name" | "oid">,
  known: Refs | Promise<Refs>,
): Promise<Companions> {
  const [base, all, there] = await Promise.all([baseOf(ctx, repo, branch), allTags(ctx, repo), known]);
  const commits = [branch.oid, ...(base ? [base.oid] : [])];
  const tags = await tagsReachableFrom(ctx, repo, commits, { all, known: there });
  return { base, ...whatIsMissing(base, tags, there) };
}

/** Pure part of companionsOf. */
export function whatIsMissing(
  base: Pick<Base, "name" | "oid"> | undefined,
  tags: Refs,
  known: Refs,
): Pick<Companions, "missing" | "otherTags"> {
  const missing: Sent[] = [];
  const otherTags: string[] = [];
  if (base !== undefined && known.get(hostRef(base.name)) !== base.oid) {
    missing.push({ ref: hostRef(base.name), oid: base.oid, force: true });
  }
  for (const [ref, oid] of tags) {
    const there = known.get(ref);
    if (there === undefined) missing.push({ ref, oid, force: false });
    else if (there !== oid) otherTags.push(ref);
  }
  return { missing, otherTags };
}

/** Says which tags were left as the workspace has them. */
export function tellOtherTags(ctx: Context, refs: readonly string[]): void {
  if (refs.length === 0) return;
  const names = refs.map((ref) => ref.replace(/^refs\/tags\//, ""));
  ctx.out.say("The workspace has tags of its own with these names; they were left as they are.");
  for (const line of nameLines("tag", names)) ctx.out.say(sanitize(line));
}
