// How `status` reads.
import { describe, expect, test } from "vitest";
import { carriedLines } from "../../../../src/domain/carry/outcome.ts";
import { STATES } from "../../../../src/domain/vm/state.ts";
import type { Status } from "../../../../src/domain/vm/status.ts";
import { statusLines, workspaceRows } from "../../../../src/domain/vm/status-text.ts";
import type { WorkspaceStatus } from "../../../../src/domain/workspace/describe.ts";
import { table } from "../../../../src/io/table.ts";

const workspace: WorkspaceStatus = {
  dir: "shop-feature-x",
  repo: "shop",
  branch: "feature-x",
  state: "present",
  verdict: { kind: "equal" },
  ...{ changed: 0, untracked: 0, ignored: 0, stashes: 0, operations: [], otherBranches: [], submodules: [] },
};
const RUNNING: Status = {
  schema: 1,
  vm: "agent-vm",
  state: "running",
  busy: undefined,
  accel: "kvm",
  image: "Debian 13",
  vcpu: 4,
  memory: 8,
  disk: 100,
  profile: "guarded",
  hadRoot: false,
  keeper: undefined,
  mount: { condition: "mounted", mountpoint: "/home/ann/.agent-vm-mounts/workspace", pid: 77, wanted: true },
  workspaces: [workspace],
  sessions: [],
};
const NONE: Status = {
  ...RUNNING,
  ...{
    state: "missing",
    accel: undefined,
    image: undefined,
    vcpu: undefined,
    memory: undefined,
    disk: undefined,
    profile: undefined,
    hadRoot: undefined,
  },
  mount: { condition: "unmounted", mountpoint: "/home/ann/.agent-vm-mounts/workspace", wanted: false },
  workspaces: [],
};

test("a profile that gives something up says so", () => {
  const text = statusLines({ ...RUNNING, profile: "open", hadRoot: true }).join("\n");
  expect(text).toMatch(/profile: open\n {2}! .*root in the VM.*loopback/);
});

test("a running VM", () => {
  expect(statusLines(RUNNING)).toEqual([
    "VM agent-vm: running",
    "  size: 4 vCPU, 8 GB memory, 100 GB disk; image: Debian 13",
    "  acceleration: kvm",
    "  profile: guarded",
    "  mount: /home/ann/.agent-vm-mounts/workspace (mounted)",
  ]);
});

test("a missing VM has no size and says how to make it", () => {
  expect(statusLines(NONE)).toEqual([
    "VM agent-vm: there is none yet; make it with: agent-vm start",
    "  mount: /home/ann/.agent-vm-mounts/workspace (unmounted)",
  ]);
});

test.each(STATES.filter((state) => !["running", "starting", "stopping"].includes(state)))(
  "%s: the line names a command or option that helps",
  (state) => expect(statusLines({ ...NONE, state })[0]).toMatch(/agent-vm (start|restart|logs)|--vm/),
);

test("emulation is called slow; an acceleration not yet decided is not told", () => {
  expect(statusLines({ ...RUNNING, accel: "tcg" })).toContainEqual(expect.stringMatching(/emulation.*slow/));
  expect(statusLines({ ...RUNNING, accel: "auto" }).join()).not.toContain("acceleration");
});

test("a command at work is named with its process", () => {
  const busy = { pid: 4711, command: "agent-vm start" };
  expect(statusLines({ ...RUNNING, state: "starting", busy })).toContain(
    "  at work: agent-vm start (process 4711)",
  );
});

test("a VM that is not up says that its workspaces cannot be known, when there are any", () => {
  const unknown = expect.stringContaining("can only be told while the VM runs");
  expect(statusLines({ ...RUNNING, state: "stopped" })).toContainEqual(unknown);
  expect(statusLines({ ...RUNNING, state: "stopped", workspaces: [] })).not.toContainEqual(unknown);
  expect(statusLines(RUNNING)).not.toContainEqual(unknown);
});

test("what was carried into a workspace is listed, with what became of it", () => {
  expect(carriedLines(RUNNING.workspaces)).toEqual([]);
  const carried = [
    { path: ".env\u001b[31m", state: "equal" },
    { path: "config/a.yml", state: "changed in the VM" },
  ] as const;
  expect(carriedLines([{ ...workspace, carried: [...carried] }])).toEqual([
    "carried into shop-feature-x: .env^[[31m",
    "carried into shop-feature-x: config/a.yml (changed in the VM)",
  ]);
});

describe("a workspace's row", () => {
  const row = (change: Partial<WorkspaceStatus>) =>
    workspaceRows({ ...RUNNING, workspaces: [{ ...workspace, ...change }] }).rows[0];

  test("says the verdict and what is not committed", () => {
    expect(row({})).toEqual(["feature-x", "shop", "equal", "none", "shop-feature-x"]);
    expect(row({ verdict: { kind: "host ahead", host: 2 }, changed: 3, stashes: 1 })).toEqual([
      ...["feature-x", "shop", "host ahead 2", "changed 3, stashes 1", "shop-feature-x"],
    ]);
  });

  test("folds long words, so that a table stays narrow", async () => {
    const verdict = { kind: "diverged", host: 12, workspace: 7 } as const;
    const busy = { changed: 3, untracked: 21, ignored: 4, stashes: 1, operations: ["rebase-merge"] };
    const one = { ...workspace, verdict, ...busy, on: "elsewhere", otherBranches: ["a", "b"] };
    const { head, rows } = workspaceRows({ ...RUNNING, workspaces: [one] });
    const lines = (await table(head, rows)).split("\n");
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(86);
    const text = rows.flat().join("\n").replaceAll("\n", " ");
    expect(text).toContain("diverged (host 12, workspace 7)");
    expect(text).toContain(
      "changed 3, untracked 21, ignored 4, stashes 1, in progress: a rebase, other branches 2, on elsewhere",
    );
  });

  test("leaves out what nobody knows", () => {
    expect(row({ state: "unknown", verdict: undefined })).toEqual([
      ...["feature-x", "shop", "", "", "shop-feature-x"],
    ]);
  });

  test("tells of a directory that this host does not know", () => {
    const orphan = { state: "orphan", repo: undefined, branch: undefined, verdict: undefined } as const;
    expect(row(orphan)).toEqual(["(not known to this host)", "", "", "", "shop-feature-x"]);
  });

  test("shows no control characters of the guest's or of a branch's name", () => {
    expect(row({ dir: "a\u001b[2J", branch: "b\u202e", repo: "c\n" })).toEqual([
      ...["b\\u{202e}", "c^J", "equal", "none", "a^[[2J"],
    ]);
  });

  test("leaves out what others tell where the terminal has no room, and nothing that only it tells", () => {
    const head = (columns: number, ...workspaces: WorkspaceStatus[]) =>
      workspaceRows({ ...RUNNING, workspaces }, columns).head.join(" ");
    expect(head(59, workspace)).toBe("BRANCH REPOSITORY VERDICT UNCOMMITTED DIRECTORY");
    expect(head(58, workspace)).toBe("BRANCH REPOSITORY VERDICT UNCOMMITTED");
    expect(head(30, workspace)).toBe("BRANCH VERDICT UNCOMMITTED");
    expect(head(30, workspace, { ...workspace, repo: "other" })).toBe(
      "BRANCH REPOSITORY VERDICT UNCOMMITTED",
    );
    expect(head(30, { ...workspace, state: "orphan", branch: undefined })).toContain("DIRECTORY");
  });

  test("has a cell for each heading", () => {
    expect(row({})).toHaveLength(workspaceRows(RUNNING).head.length);
  });
});

test("sessions that were not told in time are no sessions that are not there", () => {
  const line = "  sessions: not told in time; see: agent-vm ps";
  expect(statusLines({ ...RUNNING, sessions: undefined })).toContain(line);
  expect(statusLines({ ...RUNNING, sessions: [] })).not.toContain(line);
  expect(statusLines({ ...RUNNING, sessions: undefined, state: "stopped" })).not.toContain(line);
});

test.each([
  [{ pid: 7, sessions: 2, connected: true }, "  keys: kept on this host by process 7 for 2 sessions"],
  [
    { pid: 7, sessions: 1, connected: false },
    "  keys: kept on this host by process 7 for 1 session; its connection into the VM is being made again",
  ],
  [{ pid: 7 }, "  keys: kept on this host by process 7, which does not answer"],
])("a keeper is named: %o", (keeper, line) => expect(statusLines({ ...RUNNING, keeper })).toContain(line));
