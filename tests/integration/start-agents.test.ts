// start-claude and its like, with programs that record how they were called in the agents' places.
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const BIN = join(import.meta.dirname, "../../common/homedir/.local/bin");
const KEY = "sk-ant-canary-0123456789";
let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "av-start-"));
  mkdirSync(join(home, "bin"));
  for (const name of ["claude", "codex", "gemini", "copilot", "opencode"]) fake(name, RECORD);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** One call a line: arguments, then the environment that matters. */
const RECORD = `
{ printf '%s|' "$@"; printf '\\n'; } >>"$HOME/calls"
env | grep -E '^(ANTHROPIC_|AGENT_VM_CLAUDE|CLAUDE_|COPILOT_|GEMINI_CLI|OPENCODE_)' | sort >"$HOME/environment"
`;
const fake = (name: string, body: string) =>
  writeFileSync(join(home, "bin", name), `#!/bin/bash\n${body}\n`, { mode: 0o755 });
const calls = () => readFileSync(join(home, "calls"), "utf8").trimEnd().split("\n");
const environment = () => readFileSync(join(home, "environment"), "utf8").trimEnd().split("\n");

function start(name: string, args: string[] = [], env: Record<string, string> = {}, plugins = "") {
  const list = join(home, "plugins.txt");
  writeFileSync(list, plugins);
  return spawnSync(join(BIN, `start-${name}`), args, {
    cwd: home,
    env: { HOME: home, PATH: `${home}/bin:/usr/bin:/bin`, AGENT_VM_PLUGINS: list, ...env },
    encoding: "utf8",
  });
}

describe("start-claude", () => {
  test("starts without permission prompts and passes its arguments and exit code on", () => {
    fake("claude", `${RECORD}\nexit 7`);
    expect(start("claude", ["-p", "two words"]).status).toBe(7);
    expect(calls()).toEqual(["--dangerously-skip-permissions|-p|two words|"]);
    expect(environment()).toContain("CLAUDE_CODE_SANDBOXED=1");
  });

  test("hands a key over so that nobody is asked about it, and never as an argument or a file", () => {
    start("claude", [], { ANTHROPIC_API_KEY: KEY });
    expect(environment()).toContain(`AGENT_VM_CLAUDE_KEY=${KEY}`);
    expect(environment().join("\n")).not.toContain("ANTHROPIC_API_KEY");
    const [, settings] = /--settings\|(.*?)\|/.exec(calls()[0] ?? "") ?? [];
    const helper = JSON.parse(settings ?? "").apiKeyHelper;
    const given = spawnSync("sh", ["-c", helper], {
      env: { PATH: "/usr/bin:/bin", AGENT_VM_CLAUDE_KEY: KEY },
      encoding: "utf8",
    });
    expect(given.stdout.trim()).toBe(KEY);
    expect(calls().join("")).not.toContain(KEY);
  });

  test("leaves a key alone beside a login by token, and settings the user gives", () => {
    start("claude", [], { ANTHROPIC_API_KEY: KEY, ANTHROPIC_AUTH_TOKEN: "t" });
    start("claude", ["--settings", "mine.json"], { ANTHROPIC_API_KEY: KEY });
    expect(calls()).toEqual([
      "--dangerously-skip-permissions|",
      "--dangerously-skip-permissions|--settings|mine.json|",
    ]);
    expect(environment()).toContain(`ANTHROPIC_API_KEY=${KEY}`);
  });

  test("continues the newest conversation of its directory, one without a terminal, too", () => {
    start("claude", ["--continue"]);
    const conversations = join(home, ".claude/projects", realpathSync(home).replaceAll(/[^a-zA-Z0-9]/g, "-"));
    mkdirSync(conversations, { recursive: true });
    for (const [name, second] of [
      ["aa", 2000],
      ["bb", 3000],
      ["cc", 1000],
    ] as const) {
      writeFileSync(join(conversations, `${name}.jsonl`), "");
      utimesSync(join(conversations, `${name}.jsonl`), second, second);
    }
    start("claude", ["--continue"]);
    start("claude", ["--continue", "-p"]);
    expect(calls()).toEqual([
      "--dangerously-skip-permissions|--continue|",
      "--dangerously-skip-permissions|--resume|bb|",
      "--dangerously-skip-permissions|--continue|-p|",
    ]);
  });

  const LIST = [
    "# comment",
    "",
    "marketplace tools https://example.org/tools.git",
    "plugin lint@tools",
    "mcp files npx -y files-server  # where",
    "",
  ].join("\n");

  test("sets each line of its list up once", () => {
    fake("claude", `${RECORD}\n[ "$1 $2" != "mcp get" ]`);
    for (let times = 0; times < 2; times += 1) expect(start("claude", [], {}, LIST).stderr).toBe("");
    expect(calls()).toEqual([
      "plugin|marketplace|add|https://example.org/tools.git|",
      "plugin|install|lint@tools|",
      "mcp|get|files|",
      "mcp|add|--scope|user|files|--|npx|-y|files-server|",
      "--dangerously-skip-permissions|",
      "--dangerously-skip-permissions|",
    ]);
  });

  test("tells what failed, starts all the same, and tries that again next time", () => {
    fake("claude", `${RECORD}\nif [ "$1 $2" = "plugin install" ]; then echo no network >&2; exit 1; fi`);
    for (let times = 0; times < 2; times += 1) {
      const { status, stderr } = start("claude", [], {}, LIST);
      expect(status).toBe(0);
      expect(stderr).toBe("Not set up, tried again next time: plugin lint@tools\n  no network\n");
    }
    expect(calls().filter((line) => line.startsWith("plugin|install"))).toHaveLength(2);
    expect(calls().filter((line) => line.startsWith("plugin|marketplace"))).toHaveLength(1);
  });
});

describe("start-codex", () => {
  test("trusts the repository it is started in, without its prompts", () => {
    spawnSync("git", ["init", "-q", join(home, "ws")]);
    mkdirSync(join(home, "ws", "sub"));
    const run = spawnSync(join(BIN, "start-codex"), ["exec", "x"], {
      cwd: join(home, "ws", "sub"),
      env: { HOME: home, PATH: `${home}/bin:/usr/bin:/bin` },
    });
    expect(run.status).toBe(0);
    const trust = `projects={"${join(home, "ws")}"={trust_level="trusted"}}`;
    expect(calls()).toEqual([`--dangerously-bypass-approvals-and-sandbox|-c|${trust}|exec|x|`]);
  });

  test("uses a key of the environment by its name, unless somebody has logged in", () => {
    start("codex", [], { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: "http://127.0.0.1:1/v1" });
    expect(calls()[0]).toContain('env_key="OPENAI_API_KEY"');
    expect(calls()[0]).toContain("base_url=http://127.0.0.1:1/v1|");
    expect(calls()[0]).not.toContain(KEY);
    mkdirSync(join(home, ".codex"));
    writeFileSync(join(home, ".codex/auth.json"), "{}");
    start("codex", [], { OPENAI_API_KEY: KEY });
    expect(calls()[1]).not.toContain("openai-environment");
  });
});

test("the others start without prompts, too", () => {
  for (const name of ["gemini", "copilot", "opencode"]) expect(start(name, ["x"]).status).toBe(0);
  expect(calls()).toEqual(["--yolo|x|", "--allow-all|x|", "x|"]);
  expect(environment()).toEqual(['OPENCODE_PERMISSION={"*":"allow"}']);
  start("copilot");
  expect(environment()).toEqual(["COPILOT_ALLOW_ALL=true"]);
  start("gemini", [], { GEMINI_API_KEY: KEY });
  expect(environment().join()).toMatch("GEMINI_CLI_SYSTEM_DEFAULTS_PATH=");
  start("gemini");
  expect(environment()).toEqual([""]);
  expect(existsSync(join(home, ".local"))).toBe(false);
});
