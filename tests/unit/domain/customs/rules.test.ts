// Each rule hits what it is about and leaves alone what only looks like it.
import { describe, expect, test } from "vitest";
import { hitsRule, RULES } from "../../../../src/domain/customs/classify.ts";
import { fold } from "../../../../src/domain/customs/odd-names.ts";
import { LEVELS, type Rule, type Sample } from "../../../../src/domain/customs/rule.ts";
import { changeOf, everything, namedIn } from "./a-change.ts";

const hits = (rule: Rule, sample: Sample) => {
  const change = changeOf(sample);
  return hitsRule(rule)(change, fold(change.path), everything(namedIn(sample)));
};
const pathOf = (sample: Sample) => (typeof sample === "string" ? sample : sample.path);

describe.each(RULES.map((rule) => [rule.id, rule] as const))("the rule %s", (_, rule) => {
  test("has a path that it hits and one that it must not", () => {
    expect(pathOf(rule.hit)).not.toBe("");
    expect(pathOf(rule.miss)).not.toBe("");
    expect(hits(rule, rule.hit)).toBe(true);
    expect(hits(rule, rule.miss)).toBe(false);
  });

  test("says why in one short sentence, and looks somewhere", () => {
    expect(rule.reason).toMatch(/^(?!.*\. ).+\.$/);
    expect(rule.reason.length).toBeLessThan(100);
    expect(rule.paths !== undefined || rule.is !== undefined).toBe(true);
    expect(rule.id).toMatch(/^[a-z-]+$/);
  });
});

test("no two rules have one name, and every level has a rule", () => {
  expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
  expect(new Set(RULES.map(({ level }) => level))).toEqual(new Set(LEVELS));
});

const withPath = (path: string) =>
  RULES.filter((rule) => rule.level === "AUTO" && hits(rule, path)).map((rule) => rule.id);

test.each([
  [".husky/_/pre-commit", "hook-folder"],
  [".HUSKY/pre-push", "hook-folder"],
  [".githooks/post-checkout", "hook-folder"],
  ["lefthook.yml", "hook-manager"],
  [".lefthook-local.toml", "hook-manager"],
  [".gitattributes", "git-attributes"],
  [".vscode/tasks.json", "vscode"],
  [".VSCode/Settings.json", "vscode"],
  ["shop.code-workspace", "vscode"],
  [".devcontainer/devcontainer.json", "vscode"],
  [".idea/workspace.xml", "jetbrains"],
  [".exrc", "editor-script"],
  [".dir-locals-2.el", "editor-script"],
  [".venv/bin/python", "planted-dependencies"],
  [".mcp.json", "agent-settings"],
  [".claude/settings.local.json", "agent-settings"],
  [".cursor/mcp.json", "agent-settings"],
  [".npmrc", "package-manager"],
  [".yarnrc", "package-manager"],
  [".yarn/releases/yarn-4.1.0.cjs", "package-manager"],
  [".pnpmfile.cjs", "package-manager"],
  [".pnp.cjs", "package-manager"],
  ["bunfig.toml", "package-manager"],
  [".cargo/config", "toolchain"],
  [".cargo/config.toml", "toolchain"],
  ["rust-toolchain", "toolchain"],
  ["gradlew", "toolchain"],
  [".mvn/extensions.xml", "toolchain"],
  [".bazelrc", "toolchain"],
  [".mise.toml", "mise"],
  [".config/mise/config.toml", "mise"],
])("AUTO takes %s for %s", (path, rule) => expect(withPath(path)).toEqual([rule]));

test.each([
  "hooks/pre-commit",
  "src/hooks/useUser.ts",
  "packages/web/.vscode/settings.json",
  "templates/.husky/pre-commit",
  "examples/app/.npmrc",
  "docs/CLAUDE.md",
  ".husky.md",
  "xgradlew",
  "gradlew.md",
  "a.cargo/config",
])("AUTO leaves %s alone", (path) => expect(withPath(path)).toEqual([]));
