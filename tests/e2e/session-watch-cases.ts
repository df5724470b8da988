// What those who watch see of a real VM: changes in it, its stop, and its return under another port.
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { type Begun, readText, VM, type World } from "./world.ts";

/** A line of any of them. */
interface Told {
  time?: string;
  event?: string;
  state?: string;
  connected?: boolean;
  branch?: string;
  subject?: string;
  workspaces?: {
    branch: string;
    dir: string;
    untracked: number;
    state: string;
    verdict?: { kind: string };
  }[];
  sessions?: { branch: string; lastLine: string }[];
}

interface Watcher {
  name: string;
  begun: Begun;
  told: Told[];
  narration: string;
  ended: boolean;
}

const BRANCH = "life-watched";
const GATED = "until [ -e go.txt ]; do sleep 0.2; done; echo on it goes; sleep 86400";

/** Steps that are told at their places around a stop and a start of the VM. They need one that runs. */
export function watchCases(of: () => World) {
  const watchers: Watcher[] = [];
  const [events, overview, sessions] = [() => find("watch"), () => find("status"), () => find("ps")];
  let taken: Server | undefined;
  let port = "";

  function find(name: string): Watcher {
    const watcher = watchers.find((one) => one.name === name);
    if (watcher === undefined) throw new Error(`${name} was not begun`);
    return watcher;
  }

  function begin(name: string, ...args: string[]): void {
    const watcher: Watcher = { name, begun: of().begin(...args), told: [], narration: "", ended: false };
    watchers.push(watcher);
    let rest = "";
    watcher.begun.stdout.on("data", (chunk: Buffer) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      watcher.told.push(...lines.map((line) => JSON.parse(line)));
    });
    watcher.begun.stderr.on("data", (chunk: Buffer) => {
      watcher.narration += chunk;
    });
    watcher.begun.once("exit", () => {
      watcher.ended = true;
    });
  }

  async function until(what: string, condition: () => boolean): Promise<void> {
    for (const end = Date.now() + 240_000; !condition(); ) {
      const { told, narration } = {
        told: watchers.map((one) => [one.name, one.told.slice(-2)]),
        narration: all(),
      };
      if (Date.now() > end) throw new Error(`${what}: ${JSON.stringify(told, null, 1)}\n${narration}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  const all = () => watchers.map((one) => `${one.name}: ${one.narration}`).join("\n");
  const last = (watcher: Watcher): Told => watcher.told.at(-1) ?? {};
  const seen = (watcher: Watcher) => last(watcher).workspaces?.find((one) => one.branch === BRANCH);
  const shown = (watcher: Watcher) => last(watcher).sessions?.find((one) => one.branch === BRANCH);
  const connected = (watcher: Watcher): boolean =>
    watcher.name === "watch"
      ? watcher.told.findLast((one) => one.event?.includes("connected"))?.event === "connected"
      : last(watcher).connected === true;
  const sshPort = async () =>
    /^ *Port (\d+)$/m.exec(await readText(join(of().state, "ssh_config")))?.[1] ?? "";

  async function inWorkspace(script: string): Promise<void> {
    const answer = await of().agent(`cd ~/workspace/${seen(overview())?.dir} && ${script}`);
    expect(answer.code, answer.all).toBe(0);
  }
  const commits = (subject: string) => inWorkspace(`git commit -q --allow-empty -m '${subject}'`);
  const told = (subject: string) => () =>
    events().told.some((one) => one.event === "committed" && one.subject === subject);

  afterAll(() => {
    for (const { begun } of watchers) begun.kill("SIGKILL");
    taken?.close();
  });

  return {
    whileItRuns(): void {
      it("those who watch see what changes in it", async () => {
        const started = await of().agentVm("run", BRANCH, "--detach", "--", "bash", "-c", GATED);
        expect(started.code, started.all).toBe(0);
        begin("watch", "watch");
        begin("status", "status", "--watch", "--json");
        begin("ps", "ps", "--watch", "--json");
        await until("all see it", () => watchers.every(connected));
        expect(seen(overview())).toMatchObject({ untracked: 0, verdict: { kind: "equal" } });
        await inWorkspace("touch go.txt");
        await until("a new file is told", () => seen(overview())?.untracked === 1);
        await until("a new line is told", () => shown(sessions())?.lastLine === "on it goes");
        await commits("while all is well");
        await until("a commit is told", told("while all is well"));
        await until("its verdict", () => seen(overview())?.verdict?.kind === "workspace ahead");
      });
    },

    whenItIsStopped(): void {
      it("those who watch say so, stay, and leave it stopped", async () => {
        begin("late", "status", "--watch", "--json");
        await until("it is said", () => watchers.every((one) => !connected(one)));
        const isStopped = (one: Watcher) => last(one).state === "stopped";
        await until("they show it", () => [overview(), sessions(), find("late")].every(isStopped));
        await until("it is named", () => events().narration.includes(`The VM ${VM} is stopped; waiting`));
        expect(seen(overview())).toMatchObject({ untracked: 1, verdict: { kind: "workspace ahead" } });
        expect(seen(find("late"))).toMatchObject({ state: "unknown" });
        expect(seen(find("late"))?.verdict).toBeUndefined();
        expect(events().told.at(-1)).toMatchObject({ event: "disconnected" });
        expect(watchers.filter((one) => one.ended)).toEqual([]);
        expect((await of().limactl(["list", "--json"])).stdout).toContain('"status":"Stopped"');
        // Whoever starts it gets another port.
        port = await sshPort();
        taken = createServer().listen(Number(port), "127.0.0.1");
      });
    },

    whenItIsBack(): void {
      it("those who watch go on by themselves", async () => {
        expect(await sshPort()).not.toBe(port);
        await until("all see it", () => watchers.every(connected));
        expect(events().narration).toContain("The VM answers again.");
        expect(shown(sessions())).toBeUndefined();
        await commits("after its return");
        await until("a commit is told", told("after its return"));
        await until(
          "the late one sees it, too",
          () => seen(find("late"))?.verdict?.kind === "workspace ahead",
        );
        for (const { begun } of watchers) begun.kill("SIGINT");
        const codes = await Promise.all(watchers.map(async ({ begun }) => (await begun).exitCode));
        expect(codes).toEqual([130, 130, 130, 130]);
      });
    },
  };
}
