// A session's keys go to the keeper, and the session gets a placeholder: before it starts.
import { randomBytes } from "node:crypto";
import type { Context } from "../../context.ts";
import { EXIT, Interrupted, UserError } from "../../errors.ts";
import { rememberSecrets } from "../../guard/mask.ts";
import { askKeeper } from "./ask.ts";
import { askKept } from "./ask-kept.ts";
import type { KeeperHost } from "./ensure.ts";
import { splitKeys } from "./grants.ts";
import { loadProviders } from "./providers.ts";
import { keeperLog } from "./record.ts";

type Host = KeeperHost & Pick<Context, "programDir">;

export interface Proxied {
  values: Record<string, string>;
  /** False when none of the values is a key that the proxy knows: nothing was started then. */
  used: boolean;
  /** To be called when the session's command has returned: processes of it may live on, or none does. */
  left(): Promise<void>;
}

/** Throws UserError (3) when the proxy cannot be brought into the VM; no key has left the host then. */
export async function proxyKeys(
  host: Host,
  session: string,
  values: Readonly<Record<string, string>>,
): Promise<Proxied> {
  const placeholder = `agent-vm-${randomBytes(24).toString("hex")}`;
  const split = splitKeys(values, await loadProviders(host.programDir), placeholder);
  if (Object.keys(split.grants).length === 0)
    return { values: { ...values }, used: false, left: async () => undefined };
  rememberSecrets([placeholder]);
  const question = { ask: "open", session, placeholder, grants: split.grants } as const;
  const answer = await askKept(host, question).catch((cause: unknown) => {
    throw cause instanceof UserError || cause instanceof Interrupted ? cause : notThere(host, cause);
  });
  if (!answer.connected) throw notThere(host);
  const left = () =>
    askKeeper(host.paths, { ask: "left", session }).then(
      () => undefined,
      () => undefined,
    );
  return { values: split.values(answer.port), used: true, left };
}

const notThere = ({ paths }: Host, cause?: unknown): UserError =>
  new UserError("The credential proxy could not be brought into the VM.", {
    hint: `The keeper's log is ${keeperLog(paths)}; without the proxy: the setting credentials: env, or agent-vm connect --no-env`,
    exit: EXIT.notReady,
    cause,
  });
