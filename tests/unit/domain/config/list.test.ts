// Where each setting comes from, with a project's file between the environment and the user's.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Context } from "../../../../src/context.ts";
import { parseKey } from "../../../../src/domain/config/key.ts";
import { listSettings, valueIn } from "../../../../src/domain/config/list.ts";
import { SETTING_NAMES } from "../../../../src/domain/setting-rules.ts";
import { contextIn, git, newHome } from "../workspace/a-host.ts";

let home: string;
let ctx: Context;
beforeEach(() => {
  home = newHome();
  ctx = { ...contextIn(home), cwd: join(home, "shop") };
  mkdirSync(dirname(ctx.paths.configFile), { recursive: true });
  git("/", "init", "-q", ctx.cwd);
});
afterEach(() => rmSync(home, { recursive: true }));

const user = (text: string) => writeFileSync(ctx.paths.configFile, text);
function project(text: string): void {
  writeFileSync(join(ctx.cwd, ".agent-vm.yaml"), text);
  git(ctx.cwd, "add", ".");
  git(ctx.cwd, "commit", "-q", "-m", "settings");
}
async function found(name: string, env = {}, flags = {}) {
  const { rows } = await listSettings({ ...ctx, env: { ...ctx.env, ...env } }, flags);
  const { value, origin, place } = rows.find((one) => one.name === name) ?? {};
  return [value, origin, place];
}

test("an option, then a variable, the project, the user's file, the default", async () => {
  expect(await found("agent")).toEqual(["claude", "default", undefined]);
  user("# mine\nagent: gemini\n");
  expect(await found("agent")).toEqual(["gemini", "file", `${ctx.paths.configFile}:2`]);
  project("setup: make\nagent: codex\n");
  expect(await found("agent")).toEqual(["codex", "project", ".agent-vm.yaml:2"]);
  const env = { AGENT_VM_AGENT: "opencode" };
  expect(await found("agent", env)).toEqual(["opencode", "environment", "AGENT_VM_AGENT"]);
  expect(await found("agent", env, { agent: "copilot" })).toEqual(["copilot", "option", "--agent"]);
  expect(await found("setup")).toEqual(["make", "project", ".agent-vm.yaml:1"]);
});

test("what is in a checkout and not committed says nothing", async () => {
  project("agent: codex\n");
  writeFileSync(join(ctx.cwd, ".agent-vm.yaml"), "agent: gemini\n");
  expect((await found("agent"))[0]).toBe("codex");
});

test("every setting that has a value is there once; those without are left out", async () => {
  const { rows } = await listSettings(ctx, {});
  const names = rows.map(({ name }) => name);
  expect(names).toEqual(SETTING_NAMES.filter((name) => names.includes(name)));
  expect(names).not.toContain("memory");
});

test("values of variables are not shown", async () => {
  user("env:\n  TOKEN: sesame-open\n  HOST:\n  NOT: false\n");
  const { rows } = await listSettings(ctx, {});
  expect(JSON.stringify(rows)).not.toContain("sesame");
  expect((await found("env"))[0]).toEqual({ TOKEN: "***", HOST: null, NOT: false });
  const listing = await listSettings(ctx, {});
  expect(valueIn(listing, ["env"])).toEqual({ TOKEN: "***", HOST: null, NOT: false });
});

test("but to whoever asks for one by its name", async () => {
  user("env:\n  TOKEN: sesame-open\n  HOST:\n");
  const listing = await listSettings(ctx, {});
  expect(valueIn(listing, ["env", "TOKEN"])).toBe("sesame-open");
  expect(valueIn(listing, ["env", "HOST"])).toBeNull();
  expect(valueIn(listing, ["env", "OTHER"])).toBeUndefined();
});

test("what cannot be is shown as it is written, with the problem", async () => {
  user("accel: xen\nmemroy: 4\n");
  const { rows, problem } = await listSettings(ctx, {});
  expect(rows).toContainEqual(expect.objectContaining({ name: "accel", value: "xen" }));
  expect(rows).toContainEqual(expect.objectContaining({ name: "memroy", value: 4 }));
  expect(problem?.details).toHaveLength(2);
});

test("a project's file that cannot be used, and variables that set nothing, are said", async () => {
  project("home: {from: /}\n");
  const env = { AGENT_VM_MEMROY: "4", AGENT_VM_CUSTOMS: "x", AGENT_VM_NAME: "a" };
  const { notes } = await listSettings({ ...ctx, env: { ...ctx.env, ...env } }, {});
  expect(notes).toEqual([
    "AGENT_VM_MEMROY sets nothing; did you mean AGENT_VM_MEMORY?",
    "AGENT_VM_CUSTOMS sets nothing: customs is set in your file alone.",
    expect.stringMatching(/\.agent-vm\.yaml .* left out: \.agent-vm\.yaml:1: "home" is only for your own/),
  ]);
});

describe("one value", () => {
  test.each([
    ["mount.git", "hidden"],
    ["memory", undefined],
    ["env.A_B.C", undefined],
    ["stop_grace", 20],
  ])("%s is %j", async (key, value) =>
    expect(valueIn(await listSettings(ctx, {}), parseKey(key))).toEqual(value),
  );
});
