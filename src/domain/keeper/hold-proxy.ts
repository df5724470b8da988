// A command asks the keeper to hold the VM's way to this host's proxy: until the command and every session have ended.
import { Interrupted } from "../../errors.ts";
import { thisProcess } from "../../io/lock.ts";
import type { HostProxy } from "../vm/host-proxy.ts";
import { SILENT_VM, STANDS_LIMIT } from "../vm/proxy-way.ts";
import { askKept } from "./ask-kept.ts";
import type { KeeperHost } from "./ensure.ts";
import type { Question } from "./messages.ts";
import { livingKeeper } from "./record.ts";

/** `start`: also when there is no keeper yet. False when none holds it; one of an older version does not know how. */
export async function holdProxy(host: KeeperHost, proxy: HostProxy, start: boolean): Promise<boolean> {
  if (!start && (await livingKeeper(host.paths)) === undefined) return false;
  const { connect, plain, secrets } = proxy;
  const question: Question = { ask: "proxy", holder: await thisProcess(), connect, plain, secrets };
  const since = Date.now();
  try {
    const { proxy: state = "idle" } = await askKept(host, question, start);
    if (state === "waiting" && Date.now() - since >= STANDS_LIMIT) host.out.warn(SILENT_VM);
    return state !== "idle";
  } catch (error) {
    if (error instanceof Interrupted) throw error;
    return false;
  }
}
