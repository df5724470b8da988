// What can stand at the cursor, from commander's own tree, and that nothing in it is unknown to completion.
import { beforeAll, describe, expect, test } from "vitest";
import { grammarOf } from "../../../../src/commands/grammar.ts";
import type { Grammar } from "../../../../src/domain/completion/grammar.ts";
import { kindOf } from "../../../../src/domain/completion/kinds.ts";
import { positionOf, type Slot } from "../../../../src/domain/completion/position.ts";
import { commandTree } from "../../tree.ts";

let root: Grammar;
beforeAll(async () => {
  root = grammarOf(await commandTree());
});

const at = (line: string) => {
  const words = line.split(" ");
  const current = words.pop() ?? "";
  return positionOf(root, words, current);
};
const slots = (line: string) => at(line).slots.map(({ command, name }) => `${command} ${name}`);

describe("the word at the cursor is", () => {
  test("a command", () => {
    expect(at("").commands.map(({ name }) => name)).toContain("connect");
    expect(at("").commands.map(({ name }) => name)).not.toContain("keeper");
    expect(at("--vm x trash ").commands.map(({ name }) => name)).toEqual(["list", "drop"]);
  });

  test.each([
    ["fetch ", ["fetch branch"]],
    ["fetch --merge ", ["fetch branch"]],
    ["fetch --as ", ["fetch --as"]],
    ["fetch --as=", ["fetch --as"]],
    ["fetch -- ", []],
    ["run x y z ", []],
    ["run x --agent ", ["run --agent"]],
    ["run x --restart ", ["run --restart", "run prompt"]],
    ["trash drop a b ", ["trash drop id"]],
    ["--vm ", [" --vm"]],
    ["status --vm ", ["status --vm"]],
    ["kill -y --session ", ["kill --session"]],
    ["unknown ", []],
  ])("%s", (line, expected) => expect(slots(line)).toEqual(expected));

  test("an option that was not given yet, of the command or of all", () => {
    const names = at("fetch x --merge -").options.map(({ long }) => long);
    expect(names).toContain("--dry-run");
    expect(names).toContain("--repo");
    expect(names).not.toContain("--merge");
    expect(names).not.toContain("--version");
  });

  test("an option also where a command takes nothing else", () =>
    expect(at("stop ").options.map(({ long }) => long)).toContain("--force"));

  test("and what was said of the VM and the repository counts", () =>
    expect(Object.fromEntries(at("--vm=a fetch --repo b ").given)).toEqual({ "--vm": "a", "--repo": "b" }));
});

test("every argument and option is of a kind that completion knows", () => {
  const slotsOf = (one: Grammar): Slot[] => [
    ...one.arguments.map(({ name, choices }) => ({ command: one.path, name, choices })),
    ...one.options
      .filter(({ takes }) => takes !== "nothing")
      .map(({ long, choices }) => ({ command: one.path, name: long, choices })),
    ...one.commands.flatMap(slotsOf),
  ];
  const unknown = slotsOf(root).filter((slot) => slot.choices === undefined && kindOf(slot) === undefined);
  // Say what kind it is in src/domain/completion/kinds.ts.
  expect(unknown.map(({ command, name }) => `${command} ${name}`)).toEqual([]);
});
