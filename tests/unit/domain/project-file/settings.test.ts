// The settings of one workspace: its commit's .agent-vm.yaml between the environment and the user's file.
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Context } from "../../../../src/context.ts";
import { settingsAt } from "../../../../src/domain/project-file/settings.ts";
import { settingsSchema } from "../../../../src/domain/settings.ts";
import { EXIT } from "../../../../src/errors.ts";
import { contextIn, git, newHome } from "../workspace/a-host.ts";

let home: string;
let ctx: Context;
beforeEach(() => {
  home = newHome();
  ctx = { ...contextIn(home), settings: settingsSchema.parse({ agent: "gemini", memory: 4 }) };
  git("/", "init", "-q", home);
});
afterEach(() => rmSync(home, { recursive: true }));

function commit(text: string) {
  writeFileSync(join(home, ".agent-vm.yaml"), text);
  git(home, "add", ".agent-vm.yaml");
  git(home, "commit", "-q", "-m", "settings");
  return { repo: { directory: home }, branch: { oid: git(home, "rev-parse", "HEAD") } };
}

test("come from its commit, and the rest is the user's", async () => {
  const place = commit("agent: codex\nsession_memory: 2G\npackages: {apt: [jq]}\n");
  writeFileSync(join(home, ".agent-vm.yaml"), "agent: claude\n");
  expect(await settingsAt(ctx, place)).toEqual({ ...ctx.settings, agent: "codex", session_memory: "2G" });
});

test("an option or a variable comes first", async () => {
  const place = commit("agent: codex\nsession_memory: 2G\n");
  const settings = await settingsAt({ ...ctx, given: new Set(["agent"]) }, place);
  expect(settings).toMatchObject({ agent: "gemini", session_memory: "2G" });
});

test("one that is refused stops, unless the workspace is entered as it is", async () => {
  const place = commit("agent: codex\nnotify: [touch, /tmp/x]\n");
  await expect(settingsAt(ctx, place)).rejects.toMatchObject({ exit: EXIT.failed });
  expect(await settingsAt(ctx, place, true)).toBe(ctx.settings);
});
