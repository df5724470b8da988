// How `auth status` reads on a terminal. Pure.
import type { AgentAccess } from "./status.ts";

/** What serves as its credential now, in words; undefined when nothing does as far as can be known. */
export function accessWords({ loggedIn, variables, google, proxy }: AgentAccess): string | undefined {
  const ways = [
    ...(proxy ? ["by proxy: the key stays on this host"] : []),
    ...(variables.length > 0 ? [`by variable: ${variables.join(", ")}`] : []),
    ...(google ? ["by Google's credentials"] : []),
    ...(loggedIn ? ["logged in inside the VM"] : []),
  ];
  return ways.length > 0 ? ways.join("; ") : undefined;
}

export const authRows = (agents: readonly AgentAccess[]): { head: string[]; rows: string[][] } => ({
  head: ["AGENT", "NAME", "ACCESS"],
  rows: agents.map((agent) => [agent.title, agent.name, accessWords(agent) ?? missing(agent)]),
});

function missing({ installed, loggedIn, name }: AgentAccess): string {
  if (loggedIn === undefined) return "not known: the VM does not run";
  return installed ? `not: agent-vm auth login ${name}` : "not installed in the VM";
}
