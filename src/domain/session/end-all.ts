// Before the VM stops: what is running in it is told, and asked to finish.
import type { Context } from "../../context.ts";
import { Interrupted, ToolError, UserError } from "../../errors.ts";
import type { Target } from "../../target.ts";
import { endSessions } from "./end.ts";
import { type ListedSession, listSessions } from "./list.ts";
import { placeName, runningLine } from "./running.ts";
import { isOver } from "./state.ts";

/** A VM that does not answer is stopped all the same. Throws Interrupted on Ctrl-C, which leaves the VM running. */
export async function endAllSessions(ctx: Context, target: Target, grace: number): Promise<void> {
  try {
    const running = (await listSessions(ctx, target)).filter((one) => !isOver(one.state));
    if (running.length > 0) await endThese(ctx, target, running, grace);
  } catch (error) {
    if (error instanceof Interrupted || !(error instanceof UserError || error instanceof ToolError))
      throw error;
    ctx.out.warn(`The sessions in the VM could not be asked to end: ${error.message}`);
  }
}

async function endThese(
  ctx: Context,
  target: Target,
  running: readonly ListedSession[],
  grace: number,
): Promise<void> {
  ctx.out.say(["These sessions end with the VM:", ...running.map(runningLine)].join("\n"));
  const names = new Map(running.map((one) => [one.id, placeName(one)]));
  const step = ctx.out.step(`let them finish, ${grace} s at most`);
  const { killed } = await endSessions(
    ctx,
    target,
    running.map((one) => one.id),
    {
      why: "vm",
      grace,
      onLeft: (left) => step.update(left.map((id) => names.get(id)).join(", ")),
    },
  ).catch((error: unknown) => {
    step.failed();
    throw error;
  });
  step.done("the sessions have ended");
  if (killed.length > 0)
    ctx.out.warn(
      `Not finished in time, and killed: ${killed.map((id) => `${names.get(id)} (session ${id.slice(0, 8)})`).join(", ")}`,
    );
}
