// The keeper's care for the mount: sees that it is lost, and mounts it again when the VM answers.
import type { Context } from "../../context.ts";
import { Interrupted } from "../../errors.ts";
import { sanitize } from "../../guard/sanitize.ts";
import { sshArgv } from "../../target.ts";
import { loadSettings } from "../load-settings.ts";
import { bringBack } from "../mount/mount.ts";
import { whileWanted, writeClosed } from "../mount/wish.ts";
import { targetFor } from "../vm/ssh-config.ts";
import { createLook } from "./mount-look.ts";
import { fresh, type Look, type Memory, type Outcome, plan, tried } from "./mount-plan.ts";
import { pause } from "./pause.ts";

export interface MountCare {
  state(): "idle" | "mounted" | "waiting";
}

interface Duty {
  say: (text: string) => void;
  signal: AbortSignal;
}

/** Milliseconds between looks; elsewhere than on Linux each look starts programs. */
const lookEvery = ({ platform }: Context): number => (platform === "linux" ? 1000 : 5000);

export function careForMount(ctx: Context, { say, signal }: Duty): MountCare {
  const look = createLook();
  const duty = { say: onChange(say), signal };
  let memory: Memory = fresh(Date.now());
  let idle = false;
  const step = async () => {
    const seen = await look(ctx);
    const { act, memory: next } = plan(memory, seen);
    memory = next;
    idle = act === "idle";
    if (idle) duty.say("");
    if (act === "try") memory = tried(memory, await attempt(ctx, seen, duty), Date.now());
    if (act === "give up") await giveUp(ctx, memory, duty);
  };
  const keep = async () => {
    while (!signal.aborted) {
      await step().catch((error: unknown) =>
        duty.say(`the mount could not be looked at: ${sanitize(String(error))}`),
      );
      await pause(lookEvery(ctx), signal);
    }
  };
  void keep();
  return { state: () => (idle ? "idle" : memory.since === undefined ? "waiting" : "mounted") };
}

/** One line for each change, not one for each attempt; an empty one makes the next count as a change. */
function onChange(say: (text: string) => void): (text: string) => void {
  let last = "";
  return (text) => {
    if (text !== last && text !== "") say(text);
    last = text;
  };
}

async function attempt(ctx: Context, { condition }: Look, { say, signal }: Duty): Promise<Outcome> {
  if (!(await guestAnswers(ctx, signal))) {
    say(`the mount is ${condition}; waiting for the VM`);
    return "no answer";
  }
  const wish = whileWanted(ctx.paths, signal);
  try {
    // The user's file may have changed since the keeper began, and its file protections with it.
    const settings = await loadSettings(ctx.paths.configFile, ctx.env, {});
    const context = { ...ctx, settings, signal: wish.signal };
    const back = await bringBack(context, targetFor(ctx.paths), condition === "hung");
    if (back === undefined) return "gone";
    say("");
    say(`the mount was ${condition} and is there again`);
    return "mounted";
  } catch (error) {
    if (error instanceof Interrupted) return "gone";
    const details = error instanceof Error && "details" in error ? ` ${String(error.details)}` : "";
    say(`the mount is ${condition}, and mounting failed: ${sanitize(`${String(error)}${details}`)}`);
    return "failed";
  } finally {
    wish.stop();
  }
}

const ANSWER_LIMIT = 15_000;

/** Over a connection of its own: the shared one belongs to commands. */
async function guestAnswers(ctx: Context, signal: AbortSignal): Promise<boolean> {
  const [ssh = "ssh", ...rest] = sshArgv(targetFor(ctx.paths), ["true"], { ownConnection: true });
  const argv = [ssh, "-o", "ControlMaster=no", "-o", "ConnectTimeout=5", ...rest];
  return await ctx.run(argv, { ok: "any", timeout: ANSWER_LIMIT, signal }).then(
    ({ code }) => code === 0,
    () => false,
  );
}

async function giveUp(ctx: Context, { losses, failures }: Memory, { say }: Duty): Promise<void> {
  const why =
    failures > 0
      ? `mounting failed ${failures} times`
      : `it was lost ${losses} times, each soon after it was back`;
  say(`given up: ${why}`);
  await writeClosed(ctx.paths, { kind: "lost", why, at: new Date().toISOString() });
}
