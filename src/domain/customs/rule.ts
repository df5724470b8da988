// What a rule of the customs is, the change that it judges, and what it finds. Pure.

/** AUTO asks before the host's branch moves; the others are shown. */
export const LEVELS = ["AUTO", "CI", "BUILD", "EXEC", "NAME", "SIZE", "TEXT"] as const;
export type Level = (typeof LEVELS)[number];

/** Programs of the host that take files of a work tree by themselves. */
export type Tool =
  | "vscode"
  | "jetbrains"
  | "zed"
  | "mise"
  | "coding agents"
  | "hook manager"
  /** Filters, diff and merge drivers of git's configuration. */
  | "git drivers";

/** What this host really has. */
export interface Active {
  /** Paths in the work tree that git's configuration names as something to run or read; a directory ends in "/". Folded. */
  named: readonly string[];
  tools: ReadonlySet<Tool>;
}

/** One path as one commit has it. */
export interface Change {
  /** Bytes, one character each. */
  path: string;
  commit: string;
  mode: string;
  oid: string;
  /** As the parents have it; all zeros where one has it not. */
  before: readonly { mode: string; oid: string }[];
  /** Bytes of a file. */
  size?: number;
  /** Where a link leads, bytes. */
  target?: string;
  /** What the content holds that the parent's does not and a terminal or an editor would not show. */
  hidden?: "bidi" | "escape";
  /** Another path of the tree that a file system may take for the same. */
  collides?: string;
}

/** A path, or more of a change, for the test of a rule; `named` is what git's configuration names. */
export type Sample = string | (Partial<Change> & { path: string; named?: readonly string[] });

export interface Rule {
  id: string;
  level: Level;
  /** One short sentence. */
  reason: string;
  /** Patterns from the root of the repository: `*` in one name, `**` + `/` any depth, `{a,b}`, `dir/` all below. */
  paths?: readonly string[];
  is?: (change: Change, active: Active, folded: string) => boolean;
  /** AUTO only on a host that has it, BUILD elsewhere. */
  needs?: Tool;
  /** Asks although its level does not. */
  asks?: true;
  hit: Sample;
  miss: Sample;
}

export interface Finding {
  level: Level;
  rule: string;
  /** Bytes, one character each. */
  path: string;
  reason: string;
  commit: string;
  asks: boolean;
  /** What it is by a link of the tree, which is why the rule hits. Folded. */
  as?: string;
  /** The same rule, path and content have the same. */
  key: string;
}
