// What kind of value each argument and option takes: a new one that is missing here makes a test fail. Pure.
import type { Slot } from "./position.ts";

export type Kind =
  | "agent"
  | "branch" // every branch of the host's repository
  | "command" // what `help` explains
  | "directory"
  | "forward" // a port of the host that is forwarded
  | "file"
  | "key" // a setting's name
  | "log"
  | "nothing" // only the user knows it
  | "place" // a file of the host, or <branch>:path
  | "save"
  | "saved" // branches that `restore` can bring back
  | "session"
  | "vm"
  | "workspace"; // branches that have a workspace

/** Commands that make a missing branch or workspace; all others mean a workspace that is there. */
const ANY_BRANCH = new Set(["connect", "run", "push", "scan"]);

const ARGUMENTS: Record<string, Kind> = {
  agent: "agent",
  id: "save",
  key: "key",
  paths: "place",
  port: "nothing",
  prompt: "nothing",
  shell: "nothing",
  text: "nothing",
  topic: "command",
  value: "nothing",
  what: "log",
};

const OPTIONS: Record<string, Kind> = {
  "--agent": "agent",
  "--as": "branch",
  "--branches": "branch",
  "--disk": "nothing",
  "--from": "nothing", // a branch that only the VM knows
  "--grace": "nothing",
  "--image": "file",
  "--in": "nothing",
  "--keys": "nothing",
  "--limit-memory": "nothing",
  "--memory": "nothing",
  "--older-than": "nothing",
  "--output": "file",
  "--prompt-file": "file",
  "--repo": "directory",
  "--restart": "session",
  "--save": "save",
  "--session": "session",
  "--reverse": "nothing",
  "--since": "nothing",
  "--timeout": "nothing",
  "--vcpu": "nothing",
  "--vm": "vm",
};

/** Undefined for one that nobody has thought of; its choices come before any of this. */
export function kindOf({ command, name }: Slot): Kind | undefined {
  if (name.startsWith("--")) return OPTIONS[name];
  if (command === "forward stop") return "forward";
  if (name !== "branch") return ARGUMENTS[name];
  if (command === "restore") return "saved";
  return ANY_BRANCH.has(command) ? "branch" : "workspace";
}
