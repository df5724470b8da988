// Commands and agents in workspaces over a real sshd and tmux: run, ps, send, kill, logs, and how each of them ended.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Context } from "../../src/context.ts";
import { unmount } from "../../src/domain/mount/unmount.ts";
import { killSession } from "../../src/domain/session/kill.ts";
import { type RunOptions, runCommand } from "../../src/domain/session/run-command.ts";
import { sendToSession } from "../../src/domain/session/send.ts";
import { showSessionLog } from "../../src/domain/session/session-log.ts";
import type { SessionState } from "../../src/domain/session/state.ts";
import { settingsSchema } from "../../src/domain/settings.ts";
import { EXIT } from "../../src/errors.ts";
import { type Run, run } from "../../src/io/run.ts";
import { commit, createWorld, refused, type World } from "./guest.ts";
import {
  type Condition,
  eventually,
  newestOf,
  reachesIn,
  sessionsOf,
  showsIn,
  tmuxIn,
} from "./guest-sessions.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(async () => {
  tmuxIn(world, "kill-server");
  await unmount(world.ctx);
  world.remove();
});

interface How extends RunOptions {
  words?: string[];
  change?: Partial<Context>;
}

/** `run <branch>`; gives the exit code and what was printed. */
async function runs(branch: string | undefined, { words, change, ...options }: How = {}) {
  let printed = "";
  const caught: Run = async (argv, { passThrough, ...rest } = {}) => {
    const result = await run(argv, rest);
    if (passThrough) printed = `${result.stdout}|${result.stderr}`;
    return result;
  };
  const ctx = { ...world.ctx, run: caught, afterDashes: words, ...change };
  const code = await runCommand(ctx, { branch, ...options });
  return { code, printed };
}

const sessions = () => sessionsOf(world);
const only = () => newestOf(world);
const until = (condition: Condition) => eventually(condition, sessions);
const reaches = (state: SessionState) => reachesIn(world, state);

describe("attached, off a terminal", () => {
  test("the streams and the exit code are the command's, and it is remembered", async () => {
    const { code, printed } = await runs("work", { words: ["sh", "-c", "pwd; echo err >&2; exit 7"] });
    expect(code).toBe(7);
    expect(printed).toBe(`${world.at("shop-work")}\n|err\n`);
    expect(await only()).toMatchObject({
      branch: "work",
      kind: "command",
      state: "failed",
      exitCode: 7,
      guessed: false,
    });
    world.said.length = 0;
    await showSessionLog(world.ctx, "work", { follow: false });
    expect(world.said.sort()).toEqual([world.at("shop-work"), "err"].sort());
  });

  test("words reach the command as they are", async () => {
    const words = ["printf", "[%s]", "a b", "$(id)", "`id`", "';\"", "", "ü\n*", "-n", "{prompt}"];
    const { printed } = await runs("work", { words });
    expect(printed).toBe(
      `${words
        .slice(2)
        .map((word) => `[${word}]`)
        .join("")}|`,
    );
  });

  test("one that takes too long is ended", async () => {
    const { code } = await runs("work", { words: ["sleep", "60"], timeout: 1 });
    expect(code).toBe(124);
  });

  test("--rm deletes the workspace when it is done, and saves what only it had", async () => {
    const change = { confirm: { possible: false, ask: async () => false }, flags: { yes: true } };
    await runs("work", { words: ["sh", "-c", "echo new > new.txt"], rm: true, change });
    expect(existsSync(world.at("shop-work"))).toBe(false);
    expect(world.said.join("\n")).toContain("agent-vm restore work");
  });
});

describe("detached", () => {
  test("it goes on without us, takes what is sent, and its end is seen", async () => {
    const script = 'echo "what now?"; read -r answer; echo "you said: $answer"; exit 3';
    const { code } = await runs("work", { words: ["sh", "-c", script], detach: true });
    expect(code).toBe(0);
    await until(async () => (await only())?.lastLine === "what now?");
    expect(await only()).toMatchObject({ state: "working", guessed: true, attached: 0 });
    expect((await only())?.memory).toBeGreaterThan(100_000);
    await sendToSession(world.ctx, "work", { text: "it's $(id) `x` ü", keys: ["Enter"] });
    await reaches("failed");
    expect((await only())?.exitCode).toBe(3);
    world.said.length = 0;
    await showSessionLog(world.ctx, "work", { follow: false });
    expect(world.said).toContain("you said: it's $(id) `x` ü");
  });

  test("keys reach it, and kill ends it, a deaf one too", async () => {
    const script = "trap 'echo caught' INT; trap '' HUP TERM; echo ready; while :; do sleep 0.1; done";
    await runs("work", { words: ["bash", "-c", script], detach: true });
    await until(async () => (await only())?.lastLine === "ready");
    await sendToSession(world.ctx, "work", { text: "", keys: ["C-c"] });
    await until(async () => (await only())?.lastLine.endsWith("caught") === true);
    const sentence = await killSession(world.ctx, "work", { grace: 1 });
    expect(sentence).toMatch(/was killed/);
    expect(await only()).toMatchObject({ state: "killed", reason: "kill" });
    const error = await refused(sendToSession(world.ctx, "work", { text: "x", keys: [] }));
    expect(error.message).toBe("All sessions of work have ended.");
  });

  test("in several branches at once", async () => {
    await runs(undefined, { branches: ["a", "b", "c"], words: ["sh", "-c", "pwd; sleep 30"] });
    const all = await sessions();
    expect(all.map((one) => one.branch).sort()).toEqual(["a", "b", "c"]);
    expect(all.every((one) => one.state === "working")).toBe(true);
  });

  test("an end that nobody wrote down is told as what it is", async () => {
    await runs("work", { words: ["sleep", "100"], detach: true });
    await until(async () => (await only())?.state === "working");
    const about = join(world.guestHome, ".local/state/agent-vm/sessions", (await only())?.id ?? "", "about");
    const pid = Number(readFileSync(about, "utf8").split("\0")[5]);
    process.kill(pid, "SIGKILL");
    await reaches("killed");
    writeFileSync(about, readFileSync(about, "utf8").replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, "00000000-0000"));
    expect((await only())?.state).toBe("lost");
  });
});

describe("an agent", () => {
  /** A stand-in for an agent's launcher in the guest. */
  function agent(name: string, script: string): void {
    const path = join(world.guestHome, "bin", name);
    mkdirSync(join(world.guestHome, "bin"), { recursive: true });
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
  }
  test("of the user's own gets the prompt, from a file of 1 MB too", async () => {
    const own = join(world.hostHome, ".config/agent-vm/agents");
    mkdirSync(own, { recursive: true });
    agent("mine", 'cat >"$HOME/got"; echo done');
    writeFileSync(
      join(own, "mine.yaml"),
      `title: Mine\ncommand: mine\nrun:\n  once: [${world.guestHome}/bin/mine]\n  talk: [${world.guestHome}/bin/mine, "{prompt}"]\n`,
    );
    const settings = settingsSchema.parse({ agent: "mine" });
    const text = `${"all of $(it) `x` '\"\\ ü\n".repeat(45_000)}end`;
    const promptFile = join(world.hostHome, "prompt.txt");
    writeFileSync(promptFile, text);
    // The second time by the repository's own word.
    commit(world.repo, { ".agent-vm.yaml": "agent: mine\n" });
    for (const detach of [false, true]) {
      const change = detach ? {} : { settings };
      const { code } = await runs("work", { promptFile, detach, change });
      expect(code).toBe(0);
      await reaches("finished");
      expect(readFileSync(join(world.guestHome, "got"), "utf8")).toBe(text);
    }
    expect((await only())?.agent).toBe("mine");
    const error = await refused(runs("work", { promptFile, talk: true, detach: true, change: { settings } }));
    expect([error.message, error.exit]).toEqual(["Mine takes no prompt of that size that way.", EXIT.usage]);
  });

  test("tells where it stands by itself, as far as its definition says", async () => {
    const own = join(world.hostHome, ".config/agent-vm/agents");
    mkdirSync(own, { recursive: true });
    const program = join(import.meta.dirname, "../../common/homedir/.local/bin/agent-vm-state");
    agent(
      "mine",
      `"${program}" working; echo started; read -r _; "${program}" waiting; echo asked; read -r answer; echo "$answer"`,
    );
    const define = (reports: string) =>
      writeFileSync(
        join(own, "mine.yaml"),
        `title: Mine\ncommand: mine\nreports: ${reports}\nrun:\n  talk: [${world.guestHome}/bin/mine, "{prompt}"]\n`,
      );
    const shows = (line: string) => showsIn(world, line);
    define("[working, waiting]");
    const settings = settingsSchema.parse({ agent: "mine" });
    await runs("work", { prompt: "x", talk: true, detach: true, change: { settings } });
    await shows("started");
    expect(await only()).toMatchObject({ agent: "mine", state: "working", guessed: false });
    await sendToSession(world.ctx, "work", { text: "go on", keys: ["Enter"] });
    await shows("asked");
    expect(await only()).toMatchObject({ state: "waiting", guessed: false });
    define("[]");
    expect(await only()).toMatchObject({ guessed: true });
    await sendToSession(world.ctx, "work", { text: "yes", keys: ["Enter"] });
    await reaches("finished");
    expect(await only()).toMatchObject({ exitCode: 0, guessed: false });
  });

  test("that nobody knows, no prompt, two prompts: said before anything is made", async () => {
    const unknown = { settings: settingsSchema.parse({ agent: "nobody" }) };
    for (const [how, says] of [
      [{ prompt: "x", change: unknown }, 'No agent is called "nobody".'],
      [{}, "There is no prompt."],
      [{ prompt: "x", promptFile: "y" }, "The prompt is given twice."],
      [{ prompt: "x", words: ["y"] }, "There is a prompt and a command; it can be only one."],
      [{ words: [] }, 'Nothing follows "--".'],
      [
        { words: ["x"], rm: true, detach: true },
        "--rm waits for the end, so it does not go with --detach or --branches.",
      ],
    ] as const) {
      const error = await refused(
        runs("work", { ...how, words: "words" in how ? [...how.words] : undefined } as How),
      );
      expect([error.message, error.exit]).toEqual([says, EXIT.usage]);
    }
    expect(existsSync(world.at("shop-work"))).toBe(false);
  });
});

test("values that must not be kept are stars in the log, however they come", async () => {
  const key = "sk-canary-0123456789";
  const settings = settingsSchema.parse({
    env: { ANTHROPIC_API_KEY: key, ANTHROPIC_MODEL: "plain-model-name" },
  });
  const script =
    'echo "$ANTHROPIC_API_KEY and $ANTHROPIC_MODEL"; for c in s k - c a n a r y - 0 1 2 3 4 5 6 7 8 9; do printf %s "$c"; sleep 0.02; done; echo; echo sk-canary-012';
  for (const detach of [false, true]) {
    await runs("work", { words: ["sh", "-c", script], detach, change: { settings } });
    await reaches("finished");
    const kept = join(world.guestHome, ".local/state/agent-vm/sessions", (await only())?.id ?? "");
    await until(() => readFileSync(join(kept, "log"), "utf8").includes("sk-canary-012"));
    const text = readFileSync(join(kept, "log"), "utf8").replaceAll("\r", "");
    expect(text).toBe("******** and plain-model-name\n********\nsk-canary-012\n");
  }
  expect(spawnSync("grep", ["-rsq", "--", key, world.guestHome]).status).toBe(1);
});
