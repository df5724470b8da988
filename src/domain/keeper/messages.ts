// What a command says to the keeper and hears from it: one line of JSON each way over the user's own socket. Pure.
import * as z from "zod/mini";

const upstreamSchema = z.object({
  tls: z.boolean(),
  host: z.string(),
  port: z.int(),
  authorization: z.exactOptional(z.string()),
});

const grantSchema = z.object({ upstream: z.string(), header: z.string(), value: z.string() });

const processSchema = z.object({ pid: z.int().check(z.minimum(2)), started: z.string() });
const portSchema = z.int().check(z.minimum(1), z.maximum(65_535));

export const forwardSchema = z.object({
  /** "local": a port of the VM is reached on this host. "reverse": a port of this host is reached in the VM. */
  kind: z.enum(["local", "reverse"]),
  host: portSchema,
  guest: portSchema,
  /** The branch that it was asked for, for people; "" for one that belongs to none. */
  branch: z.string(),
});

export const questionSchema = z.discriminatedUnion("ask", [
  /** A session begins: its placeholder, and the keys it may use. */
  z.object({
    ask: z.literal("open"),
    session: z.string(),
    placeholder: z.string(),
    grants: z.record(z.string(), grantSchema),
  }),
  /** The command that the session was entered by has returned. */
  z.object({ ask: z.literal("left"), session: z.string() }),
  /** A command wants the VM's way to this host's proxy held, for itself and for the sessions that it begins. */
  z.object({
    ask: z.literal("proxy"),
    /** The command's process. */
    holder: processSchema,
    connect: upstreamSchema,
    plain: upstreamSchema,
    /** What must never be shown. */
    secrets: z.array(z.string()),
  }),
  /** A port is to be forwarded, while the command lives that holds it; without one until it is taken back. */
  z.object({
    ask: z.literal("forward"),
    forward: forwardSchema,
    holder: z.optional(processSchema),
    /** Second in which it was asked for. */
    since: z.int(),
  }),
  /** Forwarded ports are taken back, with `holder` only while that process holds them; without a list all of them. */
  z.object({
    ask: z.literal("unforward"),
    forwards: z.optional(z.array(z.extend(forwardSchema, { holder: z.optional(z.int()) }))),
  }),
  z.object({ ask: z.literal("status") }),
  /** The VM stops, and with it every session. */
  z.object({ ask: z.literal("end") }),
]);

export const answerSchema = z.object({
  /** The connection into the VM is up. */
  connected: z.boolean(),
  /** Where the proxy answers in the VM, on its loopback. */
  port: z.int(),
  sessions: z.int(),
  /** What it does about the mount; "idle": the mount is not wanted. A keeper of an older version says nothing. */
  mount: z.optional(z.enum(["idle", "mounted", "waiting"])),
  /** The VM's way to this host's proxy; "idle": it is not held. A keeper of an older version says nothing. */
  proxy: z.optional(z.enum(["idle", "up", "waiting"])),
  /** Ports that it forwards; `up`: it stands now; `holder`: the command that shows it. A keeper of an older version says nothing. */
  forwards: z.optional(
    z.array(z.extend(forwardSchema, { up: z.boolean(), since: z.int(), holder: z.optional(z.int()) })),
  ),
});

export type Question = z.infer<typeof questionSchema>;
export type Answer = z.infer<typeof answerSchema>;
export type Forward = z.infer<typeof forwardSchema>;
export type KeptForward = NonNullable<Answer["forwards"]>[number];
