// The forms of `diff`, `log`, `fetch` and `scan` with `--json`, and of the lines of `watch`. Pure.
import * as z from "zod/mini";
import { LEVELS } from "../customs/rule.ts";
import { LEVELS as SECRET_LEVELS } from "../scan/rules.ts";
import { STATES } from "../vm/state.ts";
import { SESSION_KINDS, SESSION_STATES, verdict } from "./workspaces.ts";

const version = z.literal(1);
const count = z.number().check(z.gte(0));
const maybe = z.nullable(z.string());

const file = z.strictObject({
  path: z.string(),
  change: z.enum(["added", "changed", "deleted", "renamed", "copied", "type", "unmerged"]),
  from: z.optional(z.string()),
  /** Null for a binary file. */
  added: z.nullable(count),
  removed: z.nullable(count),
});

export const diff = z.strictObject({
  schema: version,
  branch: z.string(),
  workspace: z.string(),
  base: z.string(),
  committed: z.boolean(),
  files: z.array(file),
  nested: z.array(z.string()),
});

export const log = z.strictObject({
  schema: version,
  branch: z.string(),
  workspace: z.string(),
  tip: maybe,
  commits: z.array(
    z.strictObject({ commit: z.string(), author: z.string(), date: z.string(), subject: z.string() }),
  ),
  changed: count,
  untracked: count,
  stashes: count,
  otherBranches: z.array(z.strictObject({ name: z.string(), commits: count })),
});

export const fetchAnswer = z.strictObject({
  schema: version,
  branch: z.string(),
  workspace: maybe,
  verdict: z.nullable(verdict),
  dryRun: z.boolean(),
  plan: z.enum(["nothing", "create", "advance", "refuse"]),
  how: z.nullable(z.enum(["forward", "merge", "rebase host", "rebase workspace", "reset"])),
  from: maybe,
  to: maybe,
  gained: count,
  submodules: z.array(
    z.strictObject({
      path: z.string(),
      from: maybe,
      to: z.string(),
      verdict: z.nullable(verdict),
      recorded: z.boolean(),
      branches: z.array(z.string()),
      cloned: z.boolean(),
      files: z.nullable(z.enum(["followed", "stayed"])),
      stays: z.boolean(),
    }),
  ),
  largeFiles: z.nullable(z.strictObject({ count, bytes: count })),
  examined: z.boolean(),
  findings: z.array(
    z.strictObject({
      level: z.enum(LEVELS),
      rule: z.string(),
      path: z.string(),
      reason: z.string(),
      commit: z.string(),
      asks: z.boolean(),
    }),
  ),
  /** Those beyond 20,000 of a level are only counted. */
  moreFindings: count,
});

const scanned = z.strictObject({
  commits: count,
  findings: z.array(
    z.strictObject({
      level: z.enum(SECRET_LEVELS),
      rule: z.string(),
      path: z.string(),
      line: count,
      commit: z.string(),
      value: z.string(),
      digest: z.string(),
    }),
  ),
  skipped: z.array(z.string()),
});

export const scan = z.strictObject({
  schema: version,
  branch: z.string(),
  scanner: z.string(),
  known: count,
  outgoing: scanned,
  incoming: scanned,
});

const every = { schema: version, time: z.string() };
const place = { branch: z.optional(z.string()), repo: z.optional(z.string()), dir: z.string() };

/** A line of `watch`. */
export const watch = z.union([
  z.strictObject({
    ...every,
    event: z.enum(["started", ...SESSION_STATES]),
    ...place,
    session: z.string(),
    kind: z.enum(SESSION_KINDS),
    agent: z.string(),
    title: z.string(),
    guessed: z.boolean(),
    exitCode: z.optional(z.number()),
    initial: z.optional(z.literal(true)),
  }),
  z.strictObject({
    ...every,
    event: z.literal("committed"),
    ...place,
    commit: z.string(),
    subject: z.string(),
  }),
  z.strictObject({ ...every, event: z.enum(["connected", "disconnected"]), vm: z.enum(STATES) }),
]);
