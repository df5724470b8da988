// What a repository's .agent-vm.yaml may say.
import { describe, expect, test } from "vitest";
import { parseProjectFile } from "../../../../src/domain/project-file/read.ts";
import { EXIT, UserError } from "../../../../src/errors.ts";
import { parseYaml } from "../../../../src/io/yaml.ts";

const parse = (text: string) => parseProjectFile(text, parseYaml);

test("packages and a setup, or nothing", () => {
  expect(parse("packages: {apt: [jq]}\nsetup: |\n  npm ci\n  npm run build\n")).toEqual({
    packages: { apt: ["jq"], npm: [], python: [] },
    setup: "npm ci\nnpm run build\n",
  });
  expect(parse("setup: scripts/setup.sh\n")).toEqual({ setup: "scripts/setup.sh" });
  expect(parse("")).toEqual({});
  expect(parse("# later\n")).toEqual({});
});

describe("what is refused, each by its place", () => {
  test.each([
    ["a field nobody knows", "mounts: [/]\n", /mounts/],
    ["settings of the user alone", "home: {from: /}\n", /home/],
    ["a name that is an option", "packages: {apt: [-y]}\n", /packages\.apt\.0/],
    ["a setup that is no text", "setup: [a]\n", /setup/],
    ["no mapping", "- a\n", /./],
    ["no YAML", "a: [\n", /./],
    ["aliases that grow without end", bomb(), /alias/i],
  ])("%s", (_what, text, named) => {
    const error = (() => {
      try {
        return parse(text);
      } catch (thrown) {
        return thrown;
      }
    })();
    if (!(error instanceof UserError)) throw error;
    expect(error.exit).toBe(EXIT.failed);
    expect(error.hint).toContain("--no-setup");
    expect(error.details.join("\n")).toMatch(named);
  });

  test("control sequences in it do not reach the terminal", () => {
    expect(() => parse('"\\e]0;x\\a": 1\n')).toThrow(
      expect.objectContaining({ details: [expect.not.stringContaining("\u001b")] }),
    );
  });
});

function bomb(): string {
  const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
  for (let level = 1; level < 9; level += 1) {
    const before = `*a${level - 1}`;
    lines.push(`a${level}: &a${level} [${Array(10).fill(before).join(", ")}]`);
  }
  return `${lines.join("\n")}\n`;
}
