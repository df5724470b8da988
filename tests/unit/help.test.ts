// Every help text and topic, as it reads on a terminal of 80 columns and on a narrow one.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { describe, expect, test } from "vitest";
import { EXAMPLES } from "../../src/commands/examples.ts";
import { renderTopic } from "../../src/domain/help/render.ts";
import { TOPICS } from "../../src/domain/help/topic-names.ts";
import { SETTING_NAMES, SETTING_RULES } from "../../src/domain/setting-rules.ts";
import { EXIT } from "../../src/errors.ts";
import { widthOf } from "../../src/guard/width.ts";
import { ROOT } from "./sources.ts";
import { commandTree, everyCommand, pathOf } from "./tree.ts";

const FOLDER = join(ROOT, "common/help");
const topic = (name: string) => readFileSync(join(FOLDER, `${name}.txt`), "utf8");

function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({ writeOut: (more) => (text += more) });
  command.outputHelp();
  return text;
}

async function everyHelp(columns: number): Promise<string> {
  const all = everyCommand(await commandTree(columns));
  return all.map((one) => `$ agent-vm ${pathOf(one)} --help\n${helpOf(one)}`).join("\n\n");
}

const tooWide = (text: string, columns: number) => text.split("\n").filter((line) => widthOf(line) > columns);
/** A line to copy is never broken. */
const isTyped = (line: string) => /^( {2}agent-vm|\$|Usage:) /.test(line);

describe.each([80, 50])("in %d columns", (columns) => {
  // After a change of a command: npx vitest run --project unit tests/unit/help.test.ts -u
  test("every --help is the one that was looked at", async () => {
    const text = await everyHelp(columns);
    await expect(text).toMatchFileSnapshot(`fixtures/help-${columns}.txt`);
    expect(tooWide(text, columns).filter((line) => !isTyped(line))).toEqual([]);
  });

  test.each(TOPICS)("the topic %s is the one that was looked at", async (name) => {
    const text = renderTopic(topic(name), columns);
    await expect(text).toMatchFileSnapshot(`fixtures/topic-${name}-${columns}.txt`);
    expect(tooWide(text, columns).filter((line) => !/^ {2}/.test(line))).toEqual([]);
  });
});

describe("examples", () => {
  test("are there for every command, and for no other", async () => {
    const paths = everyCommand(await commandTree()).map(pathOf);
    // Write them in src/commands/examples.ts.
    expect(paths.filter((path) => !(path in EXAMPLES))).toEqual([]);
    expect(Object.keys(EXAMPLES).filter((path) => !paths.includes(path))).toEqual([]);
  });

  test.each(Object.entries(EXAMPLES))('of "%s" can be typed as they are', async (_path, lines) => {
    for (const [line] of lines) {
      const words = (line.replace(/ -- .*$/, "").match(/"[^"]*"|\S+/g) ?? []).map((word) =>
        word.replaceAll('"', ""),
      );
      const program = await commandTree();
      const reached: string[] = [];
      for (const command of everyCommand(program)) command.action(() => void reached.push(pathOf(command)));
      await program.parseAsync(words, { from: "user" });
      expect(reached, line).toHaveLength(1);
    }
  });
});

describe("topics", () => {
  test("have a file each", () =>
    expect(readdirSync(FOLDER).sort()).toEqual(TOPICS.map((name) => `${name}.txt`).sort()));

  test("name every exit code", () => {
    for (const code of Object.values(EXIT))
      expect(topic("exit-codes")).toMatch(new RegExp(`^${code} \\| `, "m"));
  });

  test("name every variable that is a setting", () => {
    const names = SETTING_NAMES.filter((name) => SETTING_RULES[name].variable);
    expect(names.length).toBeGreaterThan(10);
    for (const name of names) expect(topic("environment")).toContain(`AGENT_VM_${name.toUpperCase()}`);
  });

  test("name commands that are there", async () => {
    const known = everyCommand(await commandTree()).map(pathOf);
    for (const name of TOPICS)
      for (const [, verb = ""] of topic(name).matchAll(/(?:^ {2}|: )agent-vm ([a-z-]+)/gm))
        expect(known, name).toContain(verb);
  });
});
