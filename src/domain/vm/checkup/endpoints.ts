// What should be reachable from the VM, by host name. Pure.

/** Without these nothing can be installed. */
export const SOURCES = ["registry.npmjs.org", "deb.debian.org"] as const;

/** Where the agents' models answer, by the agent that asks there. */
export const MODELS: readonly (readonly [agent: string, host: string])[] = [
  ["Claude Code", "api.anthropic.com"],
  ["Codex", "api.openai.com"],
  ["Gemini CLI", "generativelanguage.googleapis.com"],
  ["Copilot CLI", "api.githubcopilot.com"],
  ["OpenCode", "opencode.ai"],
];
