// A command asks the keeper to hold the VM's way to this host's proxy: until the command and every session have ended.
import type { Context } from "../../context.ts";
import { Interrupted } from "../../errors.ts";
import { thisProcess } from "../../io/lock.ts";
import type { HostProxy } from "../vm/host-proxy.ts";
import { askKeeper } from "./ask.ts";
import { ensureKeeper } from "./ensure.ts";
import type { Question } from "./messages.ts";
import { livingKeeper } from "./record.ts";

type Host = Pick<Context, "paths" | "env" | "self" | "signal" | "commandLine" | "out">;

/** `start`: also when there is no keeper yet. False when none holds it; one of an older version does not know how. */
export async function holdProxy(host: Host, proxy: HostProxy, start: boolean): Promise<boolean> {
  if (!start && (await livingKeeper(host.paths)) === undefined) return false;
  const { connect, plain, secrets } = proxy;
  const question: Question = { ask: "proxy", holder: await thisProcess(), connect, plain, secrets };
  const ask = async () => {
    if (start) await ensureKeeper(host);
    return askKeeper(host.paths, question);
  };
  try {
    // Once more: it may have been about to end, having nothing to keep.
    const { proxy: state = "idle" } = await ask().catch((error) => {
      if (error instanceof Interrupted) throw error;
      return ask();
    });
    return state !== "idle";
  } catch (error) {
    if (error instanceof Interrupted) throw error;
    return false;
  }
}
