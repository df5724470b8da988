// What `agent-vm help` explains beside the commands. Pure.
export const TOPICS = ["git", "mount", "sessions", "security", "environment", "exit-codes"] as const;
export type Topic = (typeof TOPICS)[number];
