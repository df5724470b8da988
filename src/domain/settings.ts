// The user's settings: what can be chosen, with its limits. Flags > AGENT_VM_* > user file > defaults.
import * as z from "zod/mini";
import en from "zod/v4/locales/en.js";
import { ACCELERATIONS } from "./acceleration-kinds.ts";
import { MAX_PATTERNS, patternProblem } from "./carry/patterns.ts";
import { LEVELS } from "./customs/rule.ts";
import { packagesSchema } from "./package-names.ts";
import { PROFILES } from "./profiles.ts";
import { memoryBytes } from "./session/memory.ts";

// The small build of zod speaks no language until it is given one.
z.config(en());

const OPTIONAL_STEPS = ["tools", "containers", "nested", "python", "node", "agents", "releases"] as const;
const URL_PREFIX = z.string().check(z.regex(/^https?:\/\/[\x21-\x7e]+\/$/));
/** Names that mean something to ssh or the session itself are not sent. */
const SENDABLE =
  /^(?!(?:PATH|HOME|USER|LOGNAME|SHELL|TERM|GOOGLE_APPLICATION_CREDENTIALS)$|LD_|DYLD_|SSH_|AGENT_VM_)[A-Za-z_][A-Za-z0-9_]*$/;

const carryPattern = z.string().check((context) => {
  const message = patternProblem(context.value);
  if (message !== undefined) context.issues.push({ code: "custom", input: context.value, message });
});
/** Ignored files of a repository that go into its workspaces. A project's file may ask for some. */
export const carrySchema = z.array(carryPattern).check(z.maxLength(MAX_PATTERNS));

export const settingsSchema = z.strictObject({
  accel: z._default(z.enum(ACCELERATIONS), "auto"),
  /** "auto", "build", an absolute path or a https URL. */
  image: z._default(z.string().check(z.minLength(1)), "auto"),
  /** GiB. */
  memory: z.optional(z.int().check(z.minimum(1), z.maximum(128))),
  vcpu: z.optional(z.int().check(z.minimum(1), z.maximum(64))),
  /** GiB. */
  disk: z.optional(z.int().check(z.minimum(10), z.maximum(4096))),
  /** Of a new VM. */
  profile: z._default(z.enum(PROFILES), "guarded"),
  /** The branch that workspaces get beside their own, as host/<base>; without it the upstream's or the default branch. */
  base: z.optional(z.string().check(z.minLength(1))),
  /** GiB: the most that one `fetch` takes from the VM. */
  fetch_limit: z._default(z.int().check(z.minimum(1), z.maximum(1024)), 4),
  /** Where commits are scanned for secrets: before a push, also before a fetch moves a branch, or nowhere. */
  scan: z._default(z.enum(["off", "push", "both"]), "both"),
  /** "auto": gitleaks when it is installed, else our own rules. */
  scanner: z._default(z.enum(["auto", "builtin"]), "auto"),
  /** What `fetch` asks about before a branch moves; only in the user's file. */
  customs: z.optional(
    z.strictObject({
      /** Rules of one's own: a pattern from the repository's root, and AUTO to be asked. */
      add: z.optional(
        z.array(
          z.strictObject({
            path: z.string().check(z.minLength(1), z.regex(/^[^/\0][^\0]*$/)),
            level: z._default(z.enum(LEVELS), "AUTO"),
            reason: z.optional(z.string().check(z.minLength(1))),
          }),
        ),
      ),
      /** "rule", or "rule:pattern" for some of its paths. */
      mute: z.optional(z.array(z.string().check(z.regex(/^[a-z-]+(:.+)?$/)))),
    }),
  ),
  /** More patterns of ignored files that can be made again; only in the user's file. */
  regenerable: z._default(z.array(z.string().check(z.regex(/^[^\0\n]*$/))), []),
  /** Optional provisioning steps that are left out, by their short names. */
  without: z._default(z.array(z.enum(OPTIONAL_STEPS)), []),
  /** Files of the host for the agent's home; only in the user's file. */
  home: z.optional(
    z.strictObject({
      /** A directory: each file goes to the same place in the home. */
      from: z.optional(z.string().check(z.minLength(1))),
      /** "SOURCE -> PLACE", one file or directory each. */
      files: z.optional(z.array(z.string().check(z.regex(/^.+ -> [^/].*$/)))),
    }),
  ),
  /** Which agent `run` starts with a prompt. */
  agent: z._default(z.string().check(z.regex(/^[a-z0-9-]+$/)), "claude"),
  /** Memory that one session may take, "512M" or "4G"; `memory` is the VM's own. */
  session_memory: z.optional(
    z
      .string()
      .check(
        z.refine((text) => memoryBytes(text) !== undefined, "must be a size such as 512M or 4G, from 64M on"),
      ),
  ),
  /** Seconds that sessions get to finish before the VM stops. */
  stop_grace: z._default(z.int().check(z.minimum(0), z.maximum(3600)), 20),
  /** `claude`, `codex` … in the VM's shells start without permission prompts. */
  aliases: z._default(z.boolean(), true),
  /** The agent's commits are by whom the host's git names; false: only by git_name and git_email. */
  git_identity: z._default(z.boolean(), true),
  git_name: z.optional(z.string().check(z.minLength(1))),
  git_email: z.optional(z.string().check(z.minLength(1))),
  /** More packages for the VM, beside the lists in common/packages. */
  packages: z.optional(packagesSchema),
  /** Where packages come from instead: what a url begins with → what stands there. */
  mirrors: z._default(z.record(URL_PREFIX, URL_PREFIX), {}),
  /** Files with certificate authorities for the VM, beside those this host's system has; absolute paths. */
  ca: z._default(z.array(z.string().check(z.regex(/^\/[^\0]*$/, "must be an absolute path"))), []),
  /** This host's proxy for the VM: "auto" takes it where the VM has no direct way to the internet. */
  proxy: z._default(z.enum(["auto", "on", "off"]), "auto"),
  /** Variables for sessions, beside common/packages/envvars.txt: null takes the host's value, false leaves one out. */
  env: z._default(
    z.record(
      z.string().check(z.regex(SENDABLE, "this name cannot be sent to a session")),
      z.union([z.string().check(z.regex(/^[^\0]*$/)), z.number(), z.null(), z.literal(false)]),
    ),
    {},
  ),
  /** What `open` starts: one that it knows by name, or a program of one's own, which gets the directory as its last word. */
  editor: z.optional(
    z.union([
      z.string().check(z.regex(/^[a-z-]+$/)),
      z.array(z.string().check(z.regex(/^[^\0]+$/))).check(z.minLength(1)),
    ]),
  ),
  /** How `watch --notify` calls you: on the desktop, by the terminal's bell, or by a command with AGENT_VM_TEXT and others. */
  notify: z._default(
    z.union([
      z.enum(["desktop", "bell", "off"]),
      z.array(z.string().check(z.regex(/^[^\0]*$/))).check(z.minLength(1)),
    ]),
    "desktop",
  ),
  /** Lets sessions write the host's clipboard (OSC 52); none reads it. */
  clipboard: z._default(z.boolean(), false),
  /** Where API keys are while a session uses them: in its environment, or on the host behind the credential proxy. */
  credentials: z._default(z.enum(["env", "proxy"]), "env"),
  /** What the host sees of the workspaces; only in the user's file. */
  mount: z.prefault(
    z.strictObject({
      /** git's own directories. Other than hidden, a careless git on the host can run what the VM wrote there. */
      git: z._default(z.enum(["hidden", "read-only", "visible"]), "hidden"),
      /** Names of files and directories that are left out. */
      hide: z._default(z.array(z.string().check(z.regex(/^[^/\0]+$/, "must be a name, not a path"))), []),
      /** Seconds that the VM gets to answer before programs on the host get an error instead. */
      stall: z._default(z.int().check(z.minimum(2), z.maximum(600)), 20),
    }),
    {},
  ),
  /** What goes into workspaces beside commits; only in the user's file. */
  workspace: z.prefault(
    z.strictObject({
      /** Ignored files of the repository: patterns from its top. */
      carry: z._default(carrySchema, []),
      /** MiB: the most that the carried files of one workspace have together. */
      carry_limit: z._default(z.int().check(z.minimum(1), z.maximum(256)), 16),
    }),
    {},
  ),
  /** "auto": the file in GOOGLE_APPLICATION_CREDENTIALS, else gcloud's default file when Vertex AI is in use. */
  google_credentials: z._default(z.enum(["auto", "on", "off"]), "auto"),
});

export type Settings = z.infer<typeof settingsSchema>;
