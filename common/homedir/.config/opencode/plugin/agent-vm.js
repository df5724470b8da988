// Tells where OpenCode stands, for `agent-vm ps` on the host; does nothing outside a session of agent-vm.
import { spawnSync } from "node:child_process";
import { homedir } from "node:os";

const say = (word) => {
  if (!process.env.AGENT_VM_SESSION_FILES) return;
  // Done before the next event: two at once could come in either order.
  spawnSync(`${homedir()}/.local/bin/agent-vm-state`, [word], { stdio: "ignore" });
};

/** Sessions at work, those of subagents among them, and what was asked and has no answer yet. */
const busy = new Set();
const asked = new Set();

function take({ type, properties }) {
  const { sessionID, status } = properties;
  switch (type) {
    case "session.status":
      return status.type === "idle" ? busy.delete(sessionID) : busy.add(sessionID);
    case "session.deleted":
      return busy.delete(sessionID);
    case "permission.asked":
    case "question.asked":
      return asked.add(properties.id);
    case "permission.replied":
    case "question.replied":
    case "question.rejected":
      return asked.delete(properties.requestID);
  }
}

let said = "";
export const AgentVm = async () => ({
  event: async ({ event }) => {
    if (!take(event)) return;
    const word = busy.size > 0 && asked.size === 0 ? "working" : "waiting";
    if (word !== said) say(word);
    said = word;
  },
  dispose: async () => say("unknown"),
});
