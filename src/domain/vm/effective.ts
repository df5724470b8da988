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
  video: z.optional(z.looseObject({ display: z.optional(z.nullable(z.string())) })),
  audio: z.optional(z.looseObject({ device: z.optional(z.nullable(z.string())) })),
  caCerts: z.optional(z.looseObject({ files: list })),
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

/** The account's number in our template: a host user's would show through in files. */
const USER_ID = 2000;

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
  // A screen is a port or a window of the host; sound is its microphone.
  if (!["none", "", undefined, null].includes(effective.video?.display)) found.push("video.display is on");
  if (effective.audio?.device) found.push("audio.device is set");
  if ((effective.caCerts?.files?.length ?? 0) > 0) found.push("caCerts.files is not empty");
  if (effective.user?.name !== "vmadmin") found.push("user.name is not vmadmin");
  if ((effective.user?.uid ?? USER_ID) !== USER_ID) found.push(`user.uid is not ${USER_ID}`);
  return found;
}
