// The one verdict on a branch of the host and its workspace, and its words. Pure.

export type Verdict =
  | { kind: "equal" }
  | { kind: "host ahead"; host: number }
  | { kind: "workspace ahead"; workspace: number }
  /** Without numbers neither side has the other's commits. */
  | { kind: "diverged"; host?: number; workspace?: number }
  | { kind: "no common history" }
  | { kind: "not in the workspace" }
  | { kind: "not on the host" };

export interface Relation {
  host: string | undefined;
  workspace: string | undefined;
  /** Commits that only one side has; "none" without a common one; undefined when nobody could count. */
  counts: { host: number; workspace: number } | "none" | undefined;
}

/**
 * What is true of the two tips. A pure function of object ids and counts, so that status, push, fetch and clean never
 * disagree.
 */
export function verdictOf({ host, workspace, counts }: Relation): Verdict {
  if (workspace === undefined) return { kind: "not in the workspace" };
  if (host === undefined) return { kind: "not on the host" };
  if (host === workspace) return { kind: "equal" };
  if (counts === undefined) return { kind: "diverged" };
  if (counts === "none") return { kind: "no common history" };
  if (counts.workspace === 0) return { kind: "host ahead", host: counts.host };
  if (counts.host === 0) return { kind: "workspace ahead", workspace: counts.workspace };
  return { kind: "diverged", host: counts.host, workspace: counts.workspace };
}

/** The verdict in the product's words. */
export function verdictText(verdict: Verdict): string {
  if (verdict.kind === "host ahead") return `host ahead ${verdict.host}`;
  if (verdict.kind === "workspace ahead") return `workspace ahead ${verdict.workspace}`;
  if (verdict.kind === "diverged" && verdict.host !== undefined) {
    return `diverged (host ${verdict.host}, workspace ${verdict.workspace})`;
  }
  return verdict.kind;
}

/** The counts of what is not committed, "" when there is nothing. */
export function dirtText(dirt: {
  changed: number;
  untracked: number;
  ignored: number;
  stashes: number;
}): string {
  const words = (["changed", "untracked", "ignored", "stashes"] as const).flatMap((name) =>
    dirt[name] > 0 ? [`${name} ${dirt[name]}`] : [],
  );
  return words.join(", ");
}
