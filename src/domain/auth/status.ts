// How each agent comes to its account: by a login inside the VM, by variables of the host, by the credential proxy.
import type { Context } from "../../context.ts";
import { type Agent, loadAgents } from "../agents/catalog.ts";
import { splitKeys } from "../keeper/grants.ts";
import { loadProviders } from "../keeper/providers.ts";
import { sessionEnvironment } from "../session/environment.ts";
import { observeVm } from "../vm/observe.ts";
import { targetFor } from "../vm/ssh-config.ts";
import { type Inside, lookInside } from "./look.ts";

export interface AgentAccess {
  name: string;
  title: string;
  /** Undefined when the VM does not run: it cannot be asked then. */
  installed: boolean | undefined;
  loggedIn: boolean | undefined;
  /** Names of variables that go into sessions and serve as its credential. */
  variables: string[];
  /** Google's credentials go into sessions, and it is told to use them. */
  google: boolean;
  /** The credential proxy holds a key for it. */
  proxy: boolean;
}

export interface AuthStatus {
  /** Version of this form. */
  schema: 1;
  vm: string;
  running: boolean;
  agents: AgentAccess[];
}

export async function authStatus(ctx: Context): Promise<AuthStatus> {
  const agents = await loadAgents(ctx);
  const running = (await observeVm(ctx)).state === "running";
  const inside = running ? await lookInside(ctx, targetFor(ctx.paths), agents) : undefined;
  const given = await sessionCredentials(ctx);
  return {
    schema: 1,
    vm: ctx.paths.vm,
    running,
    agents: agents.map((agent) => accessOf(agent, given, inside?.get(agent.name))),
  };
}

export interface SessionCredentials {
  variables: ReadonlySet<string>;
  google: boolean;
  /** Names of providers whose keys stay behind the proxy. */
  proxied: ReadonlySet<string>;
}

async function sessionCredentials(ctx: Context): Promise<SessionCredentials> {
  const { values, google } = await sessionEnvironment(ctx);
  const split =
    ctx.settings.credentials === "proxy"
      ? splitKeys(values, await loadProviders(ctx.programDir), "placeholder")
      : undefined;
  const proxied = Object.keys(split?.grants ?? {});
  // With the proxy a key's variable holds a placeholder, or is not there.
  const own = Object.entries(split?.values(0) ?? values).filter(([, value]) => value !== "placeholder");
  return {
    variables: new Set(own.map(([name]) => name)),
    google: google !== undefined,
    proxied: new Set(proxied),
  };
}

export function accessOf(agent: Agent, given: SessionCredentials, inside: Inside | undefined): AgentAccess {
  return {
    name: agent.name,
    title: agent.title,
    installed: inside?.installed,
    loggedIn: inside?.loggedIn,
    variables: agent.variables.filter((name) => given.variables.has(name)),
    google: agent.google !== undefined && given.google && given.variables.has(agent.google),
    proxy: agent.provider !== undefined && given.proxied.has(agent.provider),
  };
}
