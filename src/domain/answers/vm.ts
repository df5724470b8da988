// The forms of `status`, `ps`, `ports`, `ssh-config` and `agent-vm` alone with --json, and of the live views' lines. Pure.
import * as z from "zod/mini";
import { PROFILES } from "../profiles.ts";
import { STATES } from "../vm/state.ts";
import { session, workspace } from "./workspaces.ts";

const version = z.literal(1);
const size = z.number();

const forward = z.strictObject({
  kind: z.enum(["local", "reverse"]),
  host: z.number(),
  guest: z.number(),
  branch: z.string(),
  up: z.boolean(),
  since: z.number(),
  holder: z.optional(z.number()),
});

export const forwardList = z.strictObject({
  schema: version,
  vm: z.string(),
  forwards: z.array(forward),
});

export const ports = z.strictObject({
  schema: version,
  vm: z.string(),
  ports: z.array(
    z.strictObject({
      port: z.number(),
      address: z.enum(["any", "loopback", "other"]),
      pid: z.number(),
      since: z.number(),
      program: z.string(),
      dir: z.string(),
      branch: z.optional(z.string()),
      forwarded: z.array(z.number()),
    }),
  ),
});

export const status = z.strictObject({
  schema: version,
  vm: z.string(),
  state: z.enum(STATES),
  busy: z.optional(z.strictObject({ pid: z.number(), command: z.string() })),
  accel: z.optional(z.string()),
  image: z.optional(z.string()),
  vcpu: z.optional(z.number()),
  memory: z.optional(size),
  disk: z.optional(size),
  profile: z.optional(z.enum(PROFILES)),
  hadRoot: z.optional(z.boolean()),
  mount: z.strictObject({
    condition: z.enum(["mounted", "stalled", "stale", "unmounted", "occupied"]),
    mountpoint: z.string(),
    pid: z.optional(z.number()),
    wanted: z.boolean(),
    closed: z.optional(z.strictObject({ kind: z.enum(["breach", "lost"]), why: z.string(), at: z.string() })),
  }),
  keeper: z.optional(
    z.strictObject({
      pid: z.number(),
      sessions: z.optional(z.number()),
      connected: z.optional(z.boolean()),
      port: z.optional(z.number()),
      mount: z.optional(z.enum(["idle", "mounted", "waiting"])),
      proxy: z.optional(z.enum(["idle", "up", "waiting"])),
      forwards: z.optional(z.array(forward)),
    }),
  ),
  workspaces: z.array(workspace),
  sessions: z.optional(z.array(session)),
});

export const ps = z.strictObject({ schema: version, vm: z.string(), sessions: z.array(session) });

/** Of `agent-vm --json`, without a command. */
export const firstLook = z.strictObject({
  schema: version,
  vm: z.string(),
  state: z.enum(STATES),
  busy: z.optional(z.string()),
  repository: z.nullable(
    z.strictObject({ name: z.string(), begun: z.boolean(), branch: z.nullable(z.string()) }),
  ),
  workspaces: z.array(z.strictObject({ branch: z.string(), dir: z.string() })),
  elsewhere: z.number(),
  sessions: z.optional(z.array(session)),
  next: z.string(),
  because: z.string(),
});

export const sshConfig = z.strictObject({
  schema: version,
  vm: z.string(),
  installed: z.boolean(),
  config: z.string(),
  include: z.string(),
  hosts: z.array(
    z.strictObject({
      host: z.string(),
      dir: z.string(),
      repo: z.string(),
      branch: z.string(),
      hostname: z.string(),
      port: z.number(),
      user: z.string(),
      identityFile: z.string(),
      knownHosts: z.string(),
      hostKeyAlias: z.string(),
    }),
  ),
});

const live = { schema: version, vm: z.string(), state: z.enum(STATES), connected: z.boolean() };

/** A line of `status --watch --json`. */
export const statusWatch = z.strictObject({
  ...live,
  disk: z.optional(z.strictObject({ used: size, total: size })),
  workspaces: z.array(z.extend(workspace, { size: z.optional(size) })),
  sessions: z.optional(z.array(session)),
});

/** A line of `ps --watch --json`. */
export const psWatch = z.strictObject({ ...live, sessions: z.optional(z.array(session)) });
