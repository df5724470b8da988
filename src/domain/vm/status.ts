// Everything `status` says: the VM, its size, the mount and each workspace, with what cannot be known said so.
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { lockHolder } from "../../io/lock.ts";
import { keeperStatus } from "../keeper/ask.ts";
import type { Answer } from "../keeper/messages.ts";
import { type MountReport, reportMount } from "../mount/state.ts";
import type { Profile } from "../profiles.ts";
import type { ListedSession } from "../session/list.ts";
import { type Described, describeAll, type WorkspaceStatus } from "../workspace/describe.ts";
import { connectedVm, type Observation, observeVm, vmLock } from "./observe.ts";
import { profileOf } from "./profile.ts";
import { targetFor } from "./ssh-config.ts";
import type { VmState } from "./state.ts";

export interface Status {
  /** Version of this form. */
  schema: 1;
  vm: string;
  state: VmState;
  /** What another command is doing with the VM now. */
  busy: { pid: number; command: string } | undefined;
  accel: string | undefined;
  image: string | undefined;
  vcpu: number | undefined;
  /** GiB. */
  memory: number | undefined;
  /** GiB. */
  disk: number | undefined;
  profile: Profile | undefined;
  /** The agent was root in this VM at some time. */
  hadRoot: boolean | undefined;
  mount: MountReport;
  /** The process on the host that holds keys for sessions, the mount, the way to the proxy and forwarded ports. */
  keeper: ({ pid: number } & Partial<Answer>) | undefined;
  /** Undefined when the VM does not answer: what is in it cannot be known then. */
  workspaces: readonly WorkspaceStatus[];
  /** Every session, the newest first; undefined when the VM does not answer, or not in time. */
  sessions?: readonly ListedSession[] | undefined;
}

export async function gatherStatus(ctx: Context): Promise<Status> {
  const [inside, holder, mount, keeper] = await Promise.all([
    lookInside(ctx),
    lockHolder(vmLock(ctx)),
    reportMount(ctx),
    keeperStatus(ctx.paths),
  ]);
  const { state, record, workspaces, sessions } = inside;
  return {
    schema: 1,
    vm: ctx.paths.vm,
    state,
    busy: holder && { pid: holder.pid, command: holder.command },
    accel: record?.accel,
    image: record?.image,
    vcpu: record?.vcpu,
    memory: record?.memory,
    disk: record?.disk,
    profile: record && profileOf(record),
    hadRoot: record && record.hadRoot === true,
    mount,
    keeper,
    workspaces,
    sessions,
  };
}

type Inside = Described & Pick<Observation, "state" | "record">;

/** Over a living shared connection the workspaces' own answer shows that the VM runs. */
async function lookInside(ctx: Context): Promise<Inside> {
  const connected = await connectedVm(ctx);
  if (connected) {
    const described = await describeAll(ctx, connected.target).catch(whenSilent);
    if (described) return { state: "running", record: connected.record, ...described };
  }
  const { state, record } = await observeVm(ctx, { silent: connected !== undefined });
  const target = state === "running" ? targetFor(ctx.paths) : undefined;
  return { state, record, ...(await describeAll(ctx, target)) };
}

function whenSilent(error: unknown): undefined {
  if (!(error instanceof UserError) || error.exit !== EXIT.notReady) throw error;
}
