// Sessions in a real VM: three agents at once, left alone, steered from outside, cut off and found again.
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, describe, expect, it } from "vitest";
import { VM, type World } from "./world.ts";

interface Shown {
  id: string;
  branch: string;
  kind: string;
  agent: string;
  state: string;
  exitCode?: number;
  lastLine: string;
  attached: number;
}

/** A job that asks once, commits what it is told, and ends. */
const ASKS =
  'echo "which colour?"; read -r colour; echo "$colour" > colour.txt; git add colour.txt; git commit -q -m "the colour is $colour"';

/** The world's VM has Claude Code, whose model answers from its environment. */
export function sessionCases(of: () => World): void {
  const world = () => of();
  const terminal = () => join(world().home, "terminal");
  const host = (...args: string[]) => execa("tmux", ["-S", terminal(), ...args], { reject: false });

  afterAll(async () => {
    await host("kill-server");
    // The scripted model writes down what it is asked with, the key too.
    await world().admin("sudo rm -f /dev/shm/model-log");
  });

  const ps = async (...more: string[]): Promise<Shown[]> => {
    const { code, stdout, all } = await world().agentVm("ps", "--json", ...more);
    expect(code, all).toBe(0);
    return JSON.parse(stdout).sessions;
  };
  const of_ = async (branch: string) => (await ps("--all")).find((one) => one.branch === branch);

  async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
    const end = Date.now() + 120_000;
    while (!(await condition())) {
      if (Date.now() > end) throw new Error(`${what}: ${JSON.stringify(await ps("--all"), null, 1)}`);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
  const reaches = (branch: string, state: string) =>
    until(`${branch} should be ${state}`, async () => (await of_(branch))?.state === state);

  /** `agent-vm …` on a terminal of its own. */
  async function onTerminal(...args: string[]): Promise<void> {
    await host("kill-server");
    const { env, program, repo } = world();
    // The server takes its environment from us: as arguments the keys would be seen in a list of processes.
    const words = ["new-session", "-d", "-x", "100", "-y", "30", "-c", repo, program, "--vm", VM, ...args];
    await execa("tmux", ["-S", terminal(), "-f", "/dev/null", ...words], {
      env: { ...env, TERM: "xterm-256color" },
      extendEnv: false,
    });
  }
  const screen = async () => (await host("capture-pane", "-p")).stdout;
  const shows = (text: string) =>
    until(`the screen should show "${text}"`, async () => (await screen()).includes(text));

  describe("three agents at once", () => {
    it("are started and left alone", async () => {
      const claude = await world().agentVm("run", "s-claude", "Write a file and commit it.", "--detach");
      expect(claude.code, claude.all).toBe(0);
      expect(claude.stdout).toMatch(/^[0-9a-f]{16}$/);
      for (const [branch, script] of [
        ["s-asks", ASKS],
        ["s-fails", "echo trying; sleep 1; exit 3"],
      ] as const) {
        const started = await world().agentVm("run", branch, "--detach", "--", "bash", "-c", script);
        expect(started.code, started.all).toBe(0);
      }
    });

    it("are told apart: finished, failed, and one that waits", async () => {
      await reaches("s-claude", "finished");
      await reaches("s-fails", "failed");
      expect(await of_("s-claude")).toMatchObject({ kind: "agent", agent: "claude", exitCode: 0 });
      expect((await of_("s-fails"))?.exitCode).toBe(3);
      expect((await of_("s-asks"))?.lastLine).toBe("which colour?");
      expect((await ps()).map((one) => one.branch)).toEqual(["s-asks"]);
      const table = await world().agentVm("ps", "--all");
      expect(table.stdout).toContain("failed (3)");
    });

    it("a terminal in it may be killed; the session goes on and is entered again", async () => {
      await onTerminal("attach", "s-asks");
      await shows("which colour?");
      await until("it is attached", async () => (await of_("s-asks"))?.attached === 1);
      const { stdout } = await host("list-panes", "-F", "#{pane_pid}");
      process.kill(Number(stdout.trim()), "SIGKILL");
      await until("it is left", async () => (await of_("s-asks"))?.attached === 0);
      await onTerminal("attach", "s-asks");
      await shows("which colour?");
      await host("send-keys", "C-b", "d");
      await until("it is left", async () => (await of_("s-asks"))?.attached === 0);
    });

    it("the answer is sent from outside, and all their commits come home", async () => {
      const sent = await world().agentVm("send", "s-asks", "blue & $(id)");
      expect(sent.code, sent.all).toBe(0);
      await reaches("s-asks", "finished");
      for (const branch of ["s-claude", "s-asks", "s-fails"]) {
        const fetched = await world().agentVm("fetch", branch);
        expect(fetched.code, fetched.all).toBe(0);
      }
      const subject = (branch: string) => world().git("log", "-1", "--format=%s", branch);
      expect(await subject("s-claude")).toBe("made by an agent");
      expect(await subject("s-asks")).toBe("the colour is blue & $(id)");
      const logs = await world().agentVm("logs", "s-asks");
      expect(logs.stdout).toContain("which colour?");
    });
  });

  describe("connect", () => {
    it("opens a lasting session, which a dropped connection does not end", async () => {
      await onTerminal("connect", "s-asks");
      await shows("leave: Ctrl-b d");
      await host("send-keys", "-l", 'marker=here; echo "set to $marker"');
      await host("send-keys", "Enter");
      await shows("set to here");
      // The connection's own ssh, as a lost network would end it.
      const { stdout } = await execa("pgrep", ["-f", `${world().home}.*attach-session`], { reject: false });
      expect(stdout).not.toBe("");
      // Whatever stands there afterwards was drawn again: keys that come earlier get lost.
      await host("send-keys", "-R");
      for (const pid of stdout.split("\n").filter(Boolean)) process.kill(Number(pid), "SIGKILL");
      await shows("leave: Ctrl-b d");
      await host("send-keys", "-l", 'clear; echo "it is $marker"');
      await host("send-keys", "Enter");
      await shows("it is here");
      await host("send-keys", "C-b", "d");
      await until("it is left", async () => (await ps()).every((one) => one.attached === 0));
      const killed = await world().agentVm("kill", "s-asks");
      expect(killed.code, killed.all).toBe(0);
    });
  });
}
