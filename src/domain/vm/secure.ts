// Everything in the VM that exists nowhere else: listed, saved, and proven not to have changed before the VM goes.
import type { Context } from "../../context.ts";
import { EXIT, ToolError, UserError } from "../../errors.ts";
import type { Target } from "../../target.ts";
import { agreeTo, sizeText, tellAsked } from "../consent.ts";
import { endIdleShells, idleShellsIn } from "../session/at-work.ts";
import { type Inventory, newSince, type Other, takeInventory } from "../sync/save/inventory.ts";
import { comeBack } from "../sync/save/leave.ts";
import { isUnchanged, type KeptOther, saveDirectoryAsTar } from "../sync/save/save-other.ts";
import { putBack, saveAll, takeAway } from "../sync/save/secure.ts";
import { reportLines } from "../sync/save/work.ts";
import type { Save } from "../vault/save.ts";
import { listWorkspaces } from "../workspace/registry.ts";
import { type Examined, examine } from "../workspace/unsaved.ts";

export interface Secured {
  saves: Save[];
  /** Gives the workspaces their names back, when the VM is not deleted after all. */
  undo(): Promise<void>;
}

/**
 * Under the locks of all workspaces. Throws UserError (4) when something could not be saved, changed meanwhile, or
 * nobody agreed: then nothing was deleted. Afterwards every workspace is renamed away, for the VM to be stopped at once.
 */
export async function secureVm(ctx: Context, target: Target, question: string): Promise<Secured> {
  const workspaces = await listWorkspaces(ctx);
  const dirs = workspaces.map((one) => one.dir);
  await comeBack(ctx, target, dirs);
  const { examined } = await examine(ctx, target, workspaces);
  // What git cannot read as a repository is kept like anything else that the tool did not make.
  const repositories = examined.filter((one) => one.state !== "foreign");
  const inventory = await takeInventory(
    ctx,
    target,
    repositories.map((one) => one.dir),
  );
  const shells = await idleShellsIn(ctx, target, [...dirs, ...inventory.others.flatMap(orphanName)]);
  tell(ctx, repositories, inventory);
  await agreeTo(ctx, question);
  await endIdleShells(ctx, target, shells);
  const kept = await saveAll(ctx, target, repositories, "destroy");
  const others: KeptOther[] = [];
  for (const other of inventory.others) others.push(await saveDirectoryAsTar(ctx, target, other));
  await takeAway(ctx, target, repositories, kept);
  const leaving = repositories.map((one) => one.workspace.dir);
  try {
    await refuseChanged(ctx, target, others);
    await refuseNew(ctx, target, { dirs, leaving, inventory });
  } catch (error) {
    await putBack(ctx, target, leaving);
    throw error;
  }
  return {
    saves: [...kept, ...others].map((one) => one.save),
    undo: () => putBack(ctx, target, leaving),
  };
}

const orphanName = ({ path }: Other): string[] =>
  path.startsWith("workspace/") ? [path.slice("workspace/".length)] : [];

function tell(ctx: Context, examined: readonly Examined[], { others, named }: Inventory): void {
  const lines = [
    ...reportLines(examined),
    ...others.map(({ title, bytes }) => `${title} (${sizeText(bytes)}), which agent-vm did not make`),
  ];
  if (lines.length > 0)
    tellAsked(ctx, ["This exists nowhere else and is saved in the vault first:", ...lines].join("\n"));
  if (named.length > 0) tellAsked(ctx, ["This goes with the VM and is not saved:", ...named].join("\n"));
  tellAsked(
    ctx,
    "Everything else in the agent's home goes, too, and so does what a process still writes from now on.",
  );
}

async function refuseChanged(ctx: Context, target: Target, others: readonly KeptOther[]): Promise<void> {
  const changed: string[] = [];
  try {
    for (const one of others) if (!(await isUnchanged(ctx, target, one))) changed.push(one.other.title);
  } catch (error) {
    if (!(error instanceof UserError || error instanceof ToolError)) throw error;
    changed.push(error.message);
  }
  if (changed.length === 0) return;
  throw new UserError("Something changed there in the meantime, so nothing was deleted.", {
    details: changed,
    hint: AGAIN,
    exit: EXIT.refused,
  });
}

const AGAIN = "See that no agent works in the VM any more, then run the same command again.";

interface LookedAt {
  dirs: readonly string[];
  leaving: readonly string[];
  inventory: Inventory;
}

/** What was made while others were asked about and saved has been neither: another terminal's workspace, a clone. */
async function refuseNew(
  ctx: Context,
  target: Target,
  { dirs, leaving, inventory }: LookedAt,
): Promise<void> {
  const known = leaving.map((dir) => `.agent-vm.leaving.${dir}`);
  const found = await newSince(ctx, target, known, inventory).catch((error: unknown) => {
    throw error instanceof ToolError ? cannotLookAgain(error) : error;
  });
  const made = (await listWorkspaces(ctx)).filter((one) => !dirs.includes(one.dir));
  const fresh = new Set([...found, ...made.map((one) => `~/workspace/${one.dir}`)]);
  if (fresh.size === 0) return;
  throw new UserError("Something new has come in the meantime, so nothing was deleted.", {
    details: [...fresh],
    hint: AGAIN,
    exit: EXIT.refused,
  });
}

const cannotLookAgain = (cause: ToolError): UserError =>
  new UserError("The VM could not be looked at once more, so nothing was deleted.", {
    details: cause.failure.stderrTail.split("\n").filter(Boolean),
    hint: "Put that right and run the same command again.",
    exit: EXIT.refused,
    cause,
  });
