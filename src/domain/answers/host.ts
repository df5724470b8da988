// The forms of `doctor --json`, `auth status --json`, `profile show --json` and `trash list --json`. Pure.
import * as z from "zod/mini";
import { PROFILES } from "../profiles.ts";

const version = z.literal(1);
const count = z.number().check(z.gte(0));

const check = z.strictObject({
  name: z.string(),
  ok: z.boolean(),
  detail: z.string(),
  remedy: z.optional(z.string()),
  note: z.optional(z.literal(true)),
  fix: z.optional(z.enum(["resolver", "profile", "start", "mount", "bare repositories"])),
});

export const doctor = z.strictObject({ schema: version, host: z.array(check), vm: z.array(check) });

export const authStatus = z.strictObject({
  schema: version,
  vm: z.string(),
  running: z.boolean(),
  agents: z.array(
    z.strictObject({
      name: z.string(),
      title: z.string(),
      installed: z.optional(z.boolean()),
      loggedIn: z.optional(z.boolean()),
      variables: z.array(z.string()),
      google: z.boolean(),
      proxy: z.boolean(),
    }),
  ),
});

export const profileShow = z.strictObject({
  schema: version,
  vm: z.string(),
  profile: z.enum(PROFILES),
  chosen: z.boolean(),
  meaning: z.array(z.string()),
  warning: z.optional(z.string()),
});

const save = z.strictObject({
  id: z.string(),
  time: z.string(),
  why: z.enum(["wip", "clean", "destroy"]),
  vm: z.string(),
  repository: z.nullable(z.strictObject({ id: z.string(), name: z.string() })),
  branch: z.nullable(z.string()),
  dir: z.string(),
  commits: z.nullable(count),
  stashes: count,
  files: z.nullable(count),
  operation: z.boolean(),
  pieces: z.array(z.strictObject({ kind: z.enum(["bundle", "tar"]), bytes: count, holds: z.string() })),
  bundled: z.boolean(),
  regenerable: count,
  bytes: count,
  damaged: z.boolean(),
});

export const trashList = z.strictObject({ schema: version, saves: z.array(save) });

export const configList = z.strictObject({
  schema: version,
  settings: z.array(
    z.strictObject({
      name: z.string(),
      value: z.optional(z.unknown()),
      origin: z.enum(["option", "environment", "project", "file", "default"]),
      place: z.optional(z.string()),
    }),
  ),
});
