// The agents' definitions: that each can be run, and what becomes of a prompt.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Agent, loadAgents } from "../../../../src/domain/agents/catalog.ts";
import { agentWords } from "../../../../src/domain/agents/run-words.ts";
import { EXIT, UserError } from "../../../../src/errors.ts";

const ROOT = join(import.meta.dirname, "../../../..");
let config: string;
beforeEach(() => {
  config = mkdtempSync(join(tmpdir(), "av-agents-"));
});
afterEach(() => rmSync(config, { recursive: true, force: true }));

const load = () =>
  loadAgents({ programDir: ROOT, paths: { configFile: join(config, "config.yaml") } } as Parameters<
    typeof loadAgents
  >[0]);
const ours = async () => (await load()).filter((agent) => !agent.tool);

describe("each of ours", () => {
  test("can be run until it is done, on a terminal, and once more", async () => {
    const all = await ours();
    expect(all.map(({ name }) => name)).toEqual(["claude", "codex", "copilot", "gemini", "opencode"]);
    for (const { name, run } of all) {
      expect(Object.keys(run ?? {}).sort(), name).toEqual(["once", "resume", "talk"]);
      for (const words of Object.values(run ?? {})) expect(words?.[0], name).toBe(`start-${name}`);
    }
  });

  test("has its prompt as a word of its own, once, and on a terminal as an argument", async () => {
    for (const { name, run } of await ours()) {
      const places = (words: readonly string[] = []) => words.filter((word) => word.includes("{prompt}"));
      expect(places(run?.talk), name).toEqual(["{prompt}"]);
      expect(places(run?.resume), name).toEqual([]);
    }
  });

  test("takes a prompt of 1 MB when it is run until it is done", async () => {
    const prompt = "x".repeat(1_000_000);
    for (const agent of await ours()) expect(agentWords(agent, "once", prompt).input).toBe(prompt);
  });

  test("says which states it tells by itself", async () => {
    for (const { name, reports } of await ours()) expect(reports, name).toEqual(["working", "waiting"]);
  });
});

describe("a prompt", () => {
  const agent = (words: string[]): Agent => ({ name: "mine", title: "Mine", run: { talk: words } }) as Agent;
  const words = (form: string[], prompt: string) => agentWords(agent(form), "talk", prompt).words;

  test("goes in as it is", () => {
    expect(words(["mine", "-i", "{prompt}"], "a $(b) {prompt}")).toEqual(["mine", "-i", "a $(b) {prompt}"]);
  });

  test.each(["- a list", "--help", "-"])("%j is no option of the agent", (prompt) => {
    expect(words(["mine", "{prompt}"], prompt)).toEqual(["mine", ` ${prompt}`]);
  });

  test("that is missing takes its option along", () => {
    expect(words(["mine", "-i", "{prompt}"], "")).toEqual(["mine"]);
    expect(words(["mine", "talk", "{prompt}"], "")).toEqual(["mine", "talk"]);
  });

  test("of more than an argument can hold is refused", () => {
    expect(words(["mine", "{prompt}"], "x".repeat(131_071))).toHaveLength(2);
    expect(() => words(["mine", "{prompt}"], "x".repeat(131_072))).toThrow(UserError);
    expect(() => words(["mine", "{prompt}"], `-${"x".repeat(131_070)}`)).toThrow(UserError);
  });
});

describe("the user's own", () => {
  const own = (text: string) => {
    mkdirSync(join(config, "agents"));
    writeFileSync(join(config, "agents/mine.yaml"), text);
  };

  test("are agents like ours, and tell nothing unless they say so", async () => {
    own('title: Mine\ncommand: mine\nrun:\n  talk: [mine, "{prompt}"]\n');
    expect((await load()).find(({ name }) => name === "mine")).toMatchObject({ title: "Mine", reports: [] });
  });

  test("with a state that there is not are refused", async () => {
    own("title: Mine\ncommand: mine\nreports: [finished]\n");
    const error = await load().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ exit: EXIT.usage, message: expect.stringMatching(/describes no agent/) });
  });
});
