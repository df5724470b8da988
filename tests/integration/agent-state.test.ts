// agent-vm-state, by which agents' hooks tell where they stand, and the configurations that call it.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const HOMEDIR = join(import.meta.dirname, "../../common/homedir");
const PROGRAM = join(HOMEDIR, ".local/bin/agent-vm-state");
let home: string;
let files: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "av-state-"));
  files = join(home, "files");
  mkdirSync(files);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const PATH = "/usr/bin:/bin";
const inSession = () => ({ PATH, HOME: home, AGENT_VM_SESSION_FILES: files });
const say = (words: string[], { env = inSession() as Record<string, string>, input = "" } = {}) =>
  spawnSync(PROGRAM, words, { env, input, encoding: "utf8" });
const state = () => readFileSync(join(files, "state"), "utf8");
const silent = { status: 0, stdout: "", stderr: "" };

describe("agent-vm-state", () => {
  test("writes the state and the second for us alone, and leaves nothing beside it", () => {
    for (const word of ["working", "waiting"]) {
      expect(say([word])).toMatchObject(silent);
      expect(state()).toMatch(new RegExp(`^${word} \\d{10}\\n$`));
    }
    expect(statSync(join(files, "state")).mode & 0o777).toBe(0o600);
    expect(readdirSync(files)).toEqual(["state"]);
  });

  test("work that is said again began the first time; a wait begins anew", () => {
    writeFileSync(join(files, "state"), "working 1000000000\n");
    say(["working"]);
    expect(state()).toBe("working 1000000000\n");
    writeFileSync(join(files, "state"), "waiting 1000000000\n");
    say(["waiting"]);
    expect(state()).not.toBe("waiting 1000000000\n");
  });

  test("unknown takes back what was said", () => {
    say(["working"]);
    expect(say(["unknown"])).toMatchObject(silent);
    expect(say(["unknown"])).toMatchObject(silent);
    expect(readdirSync(files)).toEqual([]);
  });

  test("does no harm outside a session, with a word that it does not know, or without its directory", () => {
    expect(say(["working"], { env: { PATH, HOME: home } })).toMatchObject(silent);
    for (const words of [[], ["finished"], ["-"]]) expect(say(words)).toMatchObject(silent);
    expect(readdirSync(files)).toEqual([]);
    rmSync(files, { recursive: true });
    expect(say(["working"])).toMatchObject(silent);
    expect(existsSync(files)).toBe(false);
  });

  test("reads a hook's standard input to its end, and no other", () => {
    const count = (words: string) => {
      const script = `{ head -c 1000000 /dev/zero; echo "$?" >&2; } | { "${PROGRAM}" ${words}; wc -c; }`;
      return spawnSync("bash", ["-c", script], { env: inSession(), encoding: "utf8" });
    };
    expect(count("working -")).toMatchObject({ stdout: "0\n", stderr: "0\n" });
    expect(count("working").stdout).toBe("1000000\n");
  });
});

describe("the agents' configurations", () => {
  const json = (path: string) => JSON.parse(readFileSync(join(HOMEDIR, path), "utf8"));
  /** Event and word of each hook, wherever it stands. */
  const hooks = (path: string) =>
    Object.entries<unknown>(json(path).hooks).map(([event, groups]) => {
      const commands = [...JSON.stringify(groups).matchAll(/"(?:command|bash)":"([^"]+)"/g)];
      const [, word] = /^~\/\.local\/bin\/agent-vm-state (\w+) -$/.exec(commands[0]?.[1] ?? "") ?? [];
      return `${event}: ${commands.length === 1 ? word : "?"}`;
    });

  test("of Claude Code, Gemini CLI and Copilot CLI say what begins and ends a wait", () => {
    expect(hooks(".claude/settings.json")).toEqual([
      "UserPromptSubmit: working",
      "PostToolUse: working",
      "PostToolUseFailure: working",
      "PermissionRequest: waiting",
      "Notification: waiting",
      "Stop: waiting",
      "StopFailure: waiting",
      "SessionEnd: unknown",
    ]);
    expect(hooks(".gemini/settings.json")).toEqual([
      "BeforeAgent: working",
      "AfterTool: working",
      "Notification: waiting",
      "AfterAgent: waiting",
      "SessionEnd: unknown",
    ]);
    expect(hooks(".copilot/hooks/agent-vm.json")).toEqual([
      "userPromptSubmitted: working",
      "postToolUse: working",
      "postToolUseFailure: working",
      "notification: waiting",
      "errorOccurred: waiting",
      "agentStop: waiting",
      "sessionEnd: unknown",
    ]);
  });

  test("Claude Code waits for the last one longer than the 1.5 s it gives it by itself", () => {
    const [group] = json(".claude/settings.json").hooks.SessionEnd;
    expect(group.hooks[0].timeout).toBe(10);
  });

  test("Codex is told to trust exactly the hooks that it is given, in a session", () => {
    mkdirSync(join(home, "bin"));
    writeFileSync(join(home, "bin/codex"), '#!/bin/sh\nprintf "%s\\0" "$@"\n', { mode: 0o755 });
    const start = (env: Record<string, string>) =>
      spawnSync(join(HOMEDIR, ".local/bin/start-codex"), [], {
        cwd: home,
        env: { ...env, PATH: `${home}/bin:${PATH}` },
        encoding: "utf8",
      }).stdout;
    const said = start(inSession());
    const given = [
      ...said.matchAll(/hooks\.(\w+)=\[\{hooks=\[\{type="command",command="([^"]+)",timeout=3\}\]\}\]/g),
    ];
    expect(given.map(([, event, command]) => `${event} ${command}`)).toEqual([
      "UserPromptSubmit ~/.local/bin/agent-vm-state working -",
      "Stop ~/.local/bin/agent-vm-state waiting -",
      "SessionEnd ~/.local/bin/agent-vm-state unknown -",
    ]);
    // As `hooks/list` of its app-server told for the last of them, in the version that we bring.
    const trusted = given.map(([, event = "", command]) => {
      const name = event.replace(/(?<=.)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
      const hook = { async: false, command, timeout: 3, type: "command" };
      const sum = createHash("sha256")
        .update(JSON.stringify({ event_name: name, hooks: [hook] }))
        .digest("hex");
      return `"/<session-flags>/config.toml:${name}:0:0"={trusted_hash="sha256:${sum}"}`;
    });
    expect(said).toContain(`hooks.state={${trusted.join()}}`);
    expect(said).toContain("1599ec9f15cd6a440f69a22f0c50f86ac1eb0b8f58e0be35d09dfadc3fdc21b3");
    expect(start({ HOME: home })).not.toContain("hooks");
  });

  test("OpenCode's plugin counts subagents and open questions", () => {
    mkdirSync(join(home, ".local/bin"), { recursive: true });
    cpSync(join(HOMEDIR, ".config/opencode/plugin/agent-vm.js"), join(home, "plugin.mjs"));
    writeFileSync(join(home, ".local/bin/agent-vm-state"), '#!/bin/sh\necho "$@" >>"$HOME/said"\n', {
      mode: 0o755,
    });
    const status = (sessionID: string, type: string) => ({
      type: "session.status",
      properties: { sessionID, status: { type } },
    });
    const events = [
      status("main", "busy"),
      status("child", "busy"),
      status("child", "idle"),
      { type: "message.updated", properties: {} },
      { type: "permission.asked", properties: { id: "p", sessionID: "main" } },
      status("main", "busy"),
      { type: "permission.replied", properties: { requestID: "p", sessionID: "main" } },
      status("main", "idle"),
    ];
    const script = `
      const { AgentVm } = await import(process.env.HOME + "/plugin.mjs");
      const plugin = await AgentVm();
      for (const event of ${JSON.stringify(events)}) await plugin.event({ event });
      await plugin.dispose();`;
    const run = (env: Record<string, string>) =>
      spawnSync(process.execPath, ["--input-type=module", "-e", script], { env, encoding: "utf8" });
    expect(run({ PATH, HOME: home })).toMatchObject(silent);
    expect(existsSync(join(home, "said"))).toBe(false);
    expect(run(inSession())).toMatchObject(silent);
    const said = readFileSync(join(home, "said"), "utf8").trimEnd().split("\n");
    expect(said).toEqual(["working", "waiting", "working", "waiting", "unknown"]);
  });
});
