// What coding agents take from the folder that they are started in. Pure.
import type { Rule } from "../rule.ts";

export const AGENT_RULES: readonly Rule[] = [
  {
    id: "agent-settings",
    level: "AUTO",
    needs: "coding agents",
    reason: "A coding agent on this host runs the hooks and servers that it names.",
    paths: [
      ".claude/settings{.local,}.json",
      ".claude/hooks/",
      ".mcp.json",
      ".cursor/{mcp,hooks,environment}.json",
      ".gemini/settings.json",
      ".github/hooks/",
      ".codex/",
      ".opencode/",
      "opencode.json{c,}",
    ],
    hit: ".claude/settings.json",
    miss: ".claude/skills/release/SKILL.md",
  },
  {
    id: "agent-instructions",
    level: "BUILD",
    reason: "A coding agent that is started there does what it says.",
    paths: [
      "**/{CLAUDE,CLAUDE.local,AGENTS,GEMINI}.md",
      ".{claude,cursor,gemini,windsurf}/",
      ".{cursorrules,windsurfrules}",
      ".github/{copilot-instructions.md,instructions/**,prompts/**}",
    ],
    hit: "AGENTS.md",
    miss: "docs/agents/overview.md",
  },
];
