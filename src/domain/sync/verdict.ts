// The one verdict on a branch of the host and its workspace, and its words. Pure.

export type Verdict =
  | { kind: "equal" }
  | { kind: "host ahead"; host: number }
  | { kind: "workspace ahead"; workspace: number }
  /** Without numbers neither side has the other's commits. */
  | { kind: "diverged"; host?: number; workspace?: number }
  /** A side no longer has the commit that both had at the last sync: it was amended, rebased or reset there. */
  | { kind: "rewritten"; by: Side | "both"; host?: number; workspace?: number }
  | { kind: "no common history" }
  /** `deleted`: there has been one, for both sides had it at a sync. */
  | { kind: "not in the workspace"; deleted?: true }
  | { kind: "not on the host"; deleted?: true };

export type Side = "host" | "workspace";

/** Commits that only one side has; "none" without a common one; undefined when nobody could count. */
export type Counts = { host: number; workspace: number } | "none" | undefined;

/** The commit that both sides had when they were last brought together; undefined when that never was. */
export interface Synced {
  oid: string;
  /** Whether a side still has it; undefined when nobody could tell. */
  inHost?: boolean | undefined;
  inWorkspace?: boolean | undefined;
}

export interface Relation {
  host: string | undefined;
  workspace: string | undefined;
  counts: Counts;
  synced?: Synced | undefined;
}

/**
 * What is true of the two tips. A pure function of object ids, counts and ancestry, so that status, push, fetch, clean
 * and connect never disagree. A side that is simply ahead is told so even when it was rewritten: nothing is lost then.
 */
export function verdictOf({ host, workspace, counts, synced }: Relation): Verdict {
  const known = synced === undefined ? {} : ({ deleted: true } as const);
  if (workspace === undefined) return { kind: "not in the workspace", ...known };
  if (host === undefined) return { kind: "not on the host", ...known };
  if (host === workspace) return { kind: "equal" };
  if (counts === "none") return { kind: "no common history" };
  if (counts?.workspace === 0) return { kind: "host ahead", host: counts.host };
  if (counts?.host === 0) return { kind: "workspace ahead", workspace: counts.workspace };
  const by = rewriter(synced);
  return by === undefined ? { kind: "diverged", ...counts } : { kind: "rewritten", by, ...counts };
}

function rewriter(synced: Synced | undefined): Side | "both" | undefined {
  const host = synced?.inHost === false;
  const workspace = synced?.inWorkspace === false;
  if (host && workspace) return "both";
  if (workspace) return "workspace";
  return host ? "host" : undefined;
}

const REWRITERS = { host: "on the host", workspace: "in the workspace", both: "on both sides" } as const;

/** The verdict in the product's words. */
export function verdictText(verdict: Verdict): string {
  switch (verdict.kind) {
    case "host ahead":
      return `host ahead ${verdict.host}`;
    case "workspace ahead":
      return `workspace ahead ${verdict.workspace}`;
    case "diverged":
      return `diverged${numbers(verdict)}`;
    case "rewritten":
      return `rewritten ${REWRITERS[verdict.by]}${numbers(verdict)}`;
    case "not in the workspace":
      return verdict.deleted ? "branch deleted in the workspace" : verdict.kind;
    case "not on the host":
      return verdict.deleted ? "branch deleted on the host" : verdict.kind;
    default:
      return verdict.kind;
  }
}

const numbers = ({ host, workspace }: { host?: number; workspace?: number }): string =>
  host === undefined || workspace === undefined ? "" : ` (host ${host}, workspace ${workspace})`;

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
