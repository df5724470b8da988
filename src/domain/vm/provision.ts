// Brings the guest to what the workspaces need: the due steps in order, logged, each stamped when done.
import { mkdir } from "node:fs/promises";
import { putFiles, type SftpEndpoint } from "../../adapters/sftp.ts";
import type { Context } from "../../context.ts";
import type { Target } from "../../target.ts";
import { readLibrary } from "./inputs.ts";
import { withProxy } from "./proxy-forward.ts";
import { runInFront, runQuietly } from "./run-step.ts";
import type { Lane, Step } from "./steps.ts";

export interface Guest {
  target: Target;
  endpoint: SftpEndpoint;
}

export interface Due {
  steps: readonly Step[];
  /** Those among which they are counted on the user's screen. */
  of: readonly Step[];
}

/** Runs steps that are due; throws UserError (1) with a step's name and the end of its output when one fails. */
export async function provision(ctx: Context, guest: Guest, due: Due): Promise<void> {
  if (due.steps.length === 0) return;
  await withProxy(ctx, guest.target, () => runDue(ctx, guest, due));
}

async function runDue(ctx: Context, guest: Guest, { steps: due, of }: Due): Promise<void> {
  await mkdir(ctx.paths.logs, { recursive: true, mode: 0o700 });
  await upload(ctx, guest, due);
  const lane = (name: Lane) => due.filter((step) => step.definition.lane === name);
  const inTurn = async (steps: readonly Step[]) => {
    for (const step of steps)
      await runInFront(ctx, guest.target, step, `${of.indexOf(step) + 1}/${of.length}`);
  };
  await inTurn(lane("begin"));
  await sideBySide(ctx, guest.target, [lane("debian"), lane("agents")]);
  await inTurn(lane("end"));
}

/** Lanes that need nothing of each other: one waits for the network while the other unpacks. */
async function sideBySide(ctx: Context, target: Target, lanes: readonly (readonly Step[])[]): Promise<void> {
  const all = lanes.flat();
  if (all.length === 0) return;
  const shown = ctx.out.step(`install ${all.map(({ definition }) => definition.title).join(", ")}`);
  const ends = await Promise.allSettled(
    lanes.map(async (lane) => {
      for (const step of lane) await runQuietly(ctx, target, step, shown.update);
    }),
  );
  const failed = ends.find((end) => end.status === "rejected");
  if (failed) {
    shown.failed();
    throw failed.reason;
  }
  shown.done();
}

async function upload(ctx: Context, guest: Guest, due: readonly Step[]): Promise<void> {
  const scripts = due.map((step) => ({ path: `steps/${step.definition.name}.sh`, content: step.script }));
  const inputs = new Map(due.flatMap((step) => step.files).map((file) => [file.path, file]));
  const place = [
    { path: "inputs/README", content: "Inputs of agent-vm's provisioning steps.\n" },
    { path: "steps/lib.sh", content: await readLibrary(ctx) },
  ];
  const files = [...inputs.values()].map((file) => ({ ...file, path: `inputs/${file.path}` }));
  await putFiles(guest.endpoint, ".agent-vm/provision", [...scripts, ...files, ...place]);
}
