// How sessions live and end in a real VM: limits of their memory, and stops, power cuts and reboots under them.
import { describe, expect, it } from "vitest";
import { watchCases } from "./session-watch-cases.ts";
import { type Answer, VM, type World } from "./world.ts";

interface Shown {
  id: string;
  branch: string;
  state: string;
  reason?: string;
  exitCode?: number;
}

const WILLING = "trap 'echo saved >done.txt; exit 0' TERM; echo ready; while :; do sleep 0.2; done";
const DEAF = "trap '' TERM HUP; echo ready; while :; do sleep 0.2; done";
/** Takes memory without end. */
const HOG = ["tail", "/dev/zero"];

/** For a VM that runs; it needs no software beyond the core. */
export function lifeCases(of: () => World): void {
  const ok = async (...args: string[]): Promise<Answer> => {
    const answer = await of().agentVm(...args);
    expect(answer.code, answer.all).toBe(0);
    return answer;
  };
  const detached = async (branch: string, ...rest: string[]): Promise<string> =>
    (await ok("run", branch, "--detach", ...rest)).stdout.trim();
  const all = async (): Promise<Shown[]> => JSON.parse((await ok("ps", "--all", "--json")).stdout).sessions;
  const shown = async (id: string) => (await all()).find((one) => one.id === id);

  async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
    for (const end = Date.now() + 240_000; !(await condition()); ) {
      if (Date.now() > end) throw new Error(`${what}: ${JSON.stringify(await all(), null, 1)}`);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
  const ends = (id: string) =>
    until(`${id} ends`, async () => !["working", "idle", "waiting"].includes((await shown(id))?.state ?? ""));

  describe("a session's memory", () => {
    it("ends where its limit is, which is told as that; others do not notice", async () => {
      const beside = await detached("life-beside", "--", "sleep", "86400");
      const hog = await detached("life-hog", "--limit-memory", "200M", "--", ...HOG);
      const limits = await of().agent(
        `cat /sys/fs/cgroup$(cut -d: -f3 /proc/$(pgrep -x tail)/cgroup)/memory.max`,
      );
      await ends(hog);
      expect(await shown(hog)).toMatchObject({ state: "failed", reason: "memory", exitCode: 137 });
      expect((await ok("ps", "--all")).stdout).toContain("failed (out of memory)");
      expect((await shown(beside))?.state).toMatch(/working|idle/);
      // The hog may have been too quick for the look.
      expect(["", String(200 * 1024 ** 2)]).toContain(limits.stdout.trim());
    });

    it("is limited attached, too, and as the settings say", async () => {
      const attached = await of().agentVm("run", "life-hog", "--limit-memory", "100M", "--", ...HOG);
      expect(attached.code, attached.all).toBe(137);
      expect((await all())[0]).toMatchObject({ branch: "life-hog", reason: "memory" });
      of().env["AGENT_VM_SESSION_MEMORY"] = "120M";
      try {
        await ends(await detached("life-hog", "--", ...HOG));
        expect((await all())[0]).toMatchObject({ branch: "life-hog", reason: "memory" });
      } finally {
        delete of().env["AGENT_VM_SESSION_MEMORY"];
      }
    });

    it("a program that is killed for it leaves the session's others alone", async () => {
      const script = "tail /dev/zero; echo $? >code; exit 0";
      const id = await detached("life-hog", "--limit-memory", "200M", "--", "bash", "-c", script);
      await ends(id);
      expect(await shown(id)).toMatchObject({ state: "finished", exitCode: 0 });
    });
  });

  it("their tmux belongs to no connection", async () => {
    const { stdout, all: everything } = await of().agent("cat /proc/$(pgrep -x 'tmux: server')/cgroup");
    expect(stdout, everything).toMatch(/user@\d+\.service\/.*agent-vm-tmux-[0-9a-f]{16}\.scope/);
  });

  describe("when the VM stops", () => {
    const ids: Record<string, string> = {};
    const watching = watchCases(of);

    watching.whileItRuns();

    it("those that run are told and asked to finish", async () => {
      ids["willing"] = await detached("life-willing", "--", "bash", "-c", WILLING);
      ids["deaf"] = await detached("life-deaf", "--", "bash", "-c", DEAF);
      await until("both are ready", async () => {
        const { stdout } = await ok("ps", "--json");
        return (
          JSON.parse(stdout).sessions.filter((one: { lastLine: string }) => one.lastLine === "ready")
            .length === 2
        );
      });
      const stopped = await ok("stop", "--grace", "6");
      expect(stopped.stderr).toContain("These sessions end with the VM:");
      expect(stopped.stderr).toMatch(/life-willing: bash -c trap /);
      expect(stopped.stderr).toMatch(/Not finished in time, and killed: life-deaf /);
    });

    watching.whenItIsStopped();

    it("afterwards it is seen how they ended, and what the willing one had saved is there", async () => {
      await ok("start");
      expect(await shown(ids["willing"] ?? "")).toMatchObject({ state: "lost", reason: "vm", exitCode: 0 });
      expect(await shown(ids["deaf"] ?? "")).toMatchObject({ state: "lost", reason: "vm", exitCode: 137 });
      expect((await ok("ps", "--all")).stdout).toContain("ended with the VM");
      expect((await ok("connect", "life-willing", "--", "cat", "done.txt")).stdout).toBe("saved");
    });

    watching.whenItIsBack();

    it("one runs again, and is lost with a power cut", async () => {
      const again = (await ok("run", "life-willing", "--restart", "--detach")).stdout.trim();
      expect(again).toMatch(/^[0-9a-f]{16}$/);
      await until("it runs", async () => (await shown(again))?.state === "working");
      const stopped = await ok("stop", "--force");
      expect(stopped.stderr).not.toContain("These sessions end");
      await ok("start");
      expect(await shown(again)).toMatchObject({ state: "lost" });
      expect((await shown(again))?.exitCode).toBeUndefined();
    });

    it("also from its inside", async () => {
      const again = (await ok("run", "life-willing", "--restart")).stdout.trim();
      await until("it runs", async () => (await shown(again))?.state === "working");
      const boot = "cat /proc/sys/kernel/random/boot_id";
      const before = (await of().admin(boot)).stdout;
      await of().admin("sudo systemctl reboot");
      const end = Date.now() + 300_000;
      for (;;) {
        const now = await of().admin(boot);
        if (now.code === 0 && now.stdout !== before) break;
        if (Date.now() > end) throw new Error(`${VM} does not come back: ${now.all}`);
        await new Promise((resolve) => setTimeout(resolve, 2000));
      }
      expect(await shown(again)).toMatchObject({ state: "lost" });
    });
  });
}
