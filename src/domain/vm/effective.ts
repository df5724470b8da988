// Holds Lima's effective configuration against what we promise: a user's override.yaml can add things. Pure.
import * as z from "zod/mini";

const optionalTrue = z.optional(z.nullable(z.boolean()));
const list = z.optional(z.nullable(z.array(z.unknown())));

/** The parts of Lima's configuration that could open the VM; everything else is ignored. */
const effectiveSchema = z.looseObject({
  plain: optionalTrue,
  mounts: list,
  networks: list,
  additionalDisks: list,
  provision: list,
  probes: list,
  copyToHost: list,
  portForwards: z.optional(
    z.nullable(z.array(z.looseObject({ static: optionalTrue, ignore: optionalTrue }))),
  ),
  env: z.optional(z.nullable(z.record(z.string(), z.unknown()))),
  propagateProxyEnv: optionalTrue,
  nestedVirtualization: optionalTrue,
  hostResolver: z.optional(z.looseObject({ enabled: optionalTrue })),
  user: z.optional(z.looseObject({ name: z.optional(z.string()), uid: z.optional(z.number()) })),
  ssh: z.optional(
    z.looseObject({
      loadDotSSHPubKeys: optionalTrue,
      forwardAgent: optionalTrue,
      forwardX11: optionalTrue,
      forwardX11Trusted: optionalTrue,
    }),
  ),
});

const MUST_BE_EMPTY = ["mounts", "networks", "additionalDisks", "provision", "probes", "copyToHost"] as const;
const SSH_OFF = ["loadDotSSHPubKeys", "forwardAgent", "forwardX11", "forwardX11Trusted"] as const;

/**
 * What in an effective configuration (parsed JSON of limactl) breaks the promise that the VM sees nothing of the
 * host: one phrase each, empty when all is well. The rule's source: lima facts, section 5.
 */
export function violations(config: unknown): string[] {
  const parsed = effectiveSchema.safeParse(config);
  if (!parsed.success) return ["the configuration has an unknown form"];
  const effective = parsed.data;
  const found: string[] = [];
  if (effective.plain !== true) found.push("plain is off");
  for (const key of MUST_BE_EMPTY) if ((effective[key]?.length ?? 0) > 0) found.push(`${key} is not empty`);
  if (Object.keys(effective.env ?? {}).length > 0) found.push("env is not empty");
  if (effective.portForwards?.some((rule) => rule.static === true && rule.ignore !== true)) {
    found.push("portForwards has a static forward");
  }
  if (effective.propagateProxyEnv === true) found.push("propagateProxyEnv is on");
  if (effective.hostResolver?.enabled === true) found.push("hostResolver is on");
  for (const key of SSH_OFF) if (effective.ssh?.[key] === true) found.push(`ssh.${key} is on`);
  if (effective.user?.name !== "vmadmin") found.push("user.name is not vmadmin");
  return found;
}
