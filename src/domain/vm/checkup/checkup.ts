// The guest's part of `doctor`: one round trip, with services of this host open meanwhile that it should not reach.

import { runScript } from "../../../adapters/ssh.ts";
import type { Context } from "../../../context.ts";
import { parsed } from "../../../guard/from-guest.ts";
import type { Check } from "../../host/doctor.ts";
import { loadSteps } from "../inputs.ts";
import { clockDrift } from "../probe.ts";
import { withProxy } from "../proxy-forward.ts";
import type { VmRecord } from "../record.ts";
import { targetFor } from "../ssh-config.ts";
import { dueSteps, stepsHash } from "../steps.ts";
import { openDoors } from "./doors.ts";
import { MODELS, SOURCES } from "./endpoints.ts";
import { parseFacts } from "./facts.ts";
import { judge } from "./judge.ts";
import { CHECKUP } from "./script.ts";

/** Milliseconds; the tries run side by side and end by themselves before that. */
const PATIENCE = 90_000;

/** Throws UserError (3) when the guest cannot be reached, ToolError when it did not end the script. */
export async function checkup(ctx: Context, record: VmRecord | undefined): Promise<Check[]> {
  const doors = await openDoors();
  try {
    const hosts = [...SOURCES, ...MODELS.map(([, host]) => host)];
    const args = [
      doors.token,
      ...doors.list.flatMap(({ name, address, port }) => ["door", name, address, String(port)]),
      ...hosts.flatMap((host) => ["web", host]),
    ];
    const before = Date.now();
    const script = { text: CHECKUP, args };
    const target = targetFor(ctx.paths);
    const { stdout } = await withProxy(ctx, target, () =>
      runScript(ctx.run, target, script, { timeout: PATIENCE, signal: ctx.signal }),
    );
    const facts = parsed(stdout, parseFacts);
    const steps = await loadSteps(ctx);
    const due = dueSteps(steps, facts.stamps).map((step) => step.definition.name);
    const vouched = record?.provisioned === stepsHash(steps);
    const drift = clockDrift(facts.now, before, Date.now());
    return judge({ facts, record, doors: doors.list, arrived: doors.arrived(), drift, due, vouched });
  } finally {
    doors.close();
  }
}
