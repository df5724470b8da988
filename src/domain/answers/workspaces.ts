// The forms of what is told of workspaces and sessions, in `status`, `ps` and the live views. Pure.
import * as z from "zod/mini";
import { CARRIED_STATES } from "../carry/state.ts";

const count = z.number().check(z.gte(0));
/** Seconds since 1970. */
const moment = z.number();

const verdict = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("equal") }),
  z.strictObject({ kind: z.literal("host ahead"), host: count }),
  z.strictObject({ kind: z.literal("workspace ahead"), workspace: count }),
  z.strictObject({ kind: z.literal("diverged"), host: z.optional(count), workspace: z.optional(count) }),
  z.strictObject({
    kind: z.literal("rewritten"),
    by: z.enum(["host", "workspace", "both"]),
    host: z.optional(count),
    workspace: z.optional(count),
  }),
  z.strictObject({ kind: z.literal("no common history") }),
  z.strictObject({ kind: z.literal("not in the workspace"), deleted: z.optional(z.literal(true)) }),
  z.strictObject({ kind: z.literal("not on the host"), deleted: z.optional(z.literal(true)) }),
]);

export { verdict };

export const workspace = z.strictObject({
  dir: z.string(),
  repo: z.optional(z.string()),
  branch: z.optional(z.string()),
  state: z.enum(["missing", "foreign", "broken", "present", "leaving", "occupied", "unknown", "orphan"]),
  verdict: z.optional(verdict),
  changed: count,
  untracked: count,
  ignored: count,
  stashes: count,
  operations: z.array(z.string()),
  on: z.optional(z.string()),
  detached: z.optional(z.string()),
  otherBranches: z.array(z.string()),
  submodules: z.array(z.string()),
  unpopulated: z.optional(z.array(z.string())),
  carried: z.optional(z.array(z.strictObject({ path: z.string(), state: z.enum(CARRIED_STATES) }))),
  tip: z.optional(z.string()),
  last: z.optional(z.strictObject({ time: moment, subject: z.string() })),
});

export const SESSION_STATES = ["working", "waiting", "idle", "finished", "failed", "killed", "lost"] as const;
export const SESSION_KINDS = ["shell", "command", "agent"] as const;

export const session = z.strictObject({
  id: z.string(),
  dir: z.string(),
  branch: z.optional(z.string()),
  repo: z.optional(z.string()),
  name: z.optional(z.string()),
  kind: z.enum(SESSION_KINDS),
  agent: z.string(),
  title: z.string(),
  state: z.enum(SESSION_STATES),
  guessed: z.boolean(),
  exitCode: z.optional(z.number()),
  reason: z.optional(z.enum(["vm", "kill", "hangup", "memory"])),
  started: moment,
  since: moment,
  attached: count,
  lastLine: z.string(),
  memory: count,
  cpu: count,
});
