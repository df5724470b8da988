// What in incoming commits could run by itself on the host, by its path: the level, where it looks, and why. Pure.
// Of AUTO, CI and BUILD the strongest that hits a path speaks for it. Rules on what a file is: file-rules.ts.
import type { Rule } from "./rule.ts";
import { AGENT_RULES } from "./rules/agents.ts";
import { BUILD_RULES } from "./rules/build.ts";
import { CI_RULES } from "./rules/ci.ts";
import { EDITOR_RULES } from "./rules/editors.ts";
import { GIT_RULES } from "./rules/git.ts";
import { TOOL_RULES } from "./rules/tools.ts";

export const PATH_RULES: readonly Rule[] = [
  ...GIT_RULES,
  ...EDITOR_RULES,
  ...AGENT_RULES,
  ...TOOL_RULES,
  ...CI_RULES,
  ...BUILD_RULES,
];
