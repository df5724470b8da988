// What `ssh-config --json` says: the hosts as data, and whether the user's own ssh knows them.
import type { Context } from "../../context.ts";
import type { Paths } from "../paths.ts";
import { AGENT_USER, hostKeyAlias, type SshEndpoint } from "../vm/ssh-config.ts";
import { listWorkspaces, type Workspace } from "../workspace/registry.ts";
import { hostAlias, includeLine } from "./hosts.ts";
import { placeOf } from "./include.ts";
import { knownEndpoint } from "./refresh.ts";
import { readUserConfig, userConfig } from "./user-config.ts";

const hostJson = (paths: Paths, { port, identityFile }: SshEndpoint, one: Workspace) => ({
  host: hostAlias(paths.vm, one.dir),
  dir: String(one.dir),
  repo: one.repoName,
  branch: String(one.branch),
  hostname: "127.0.0.1",
  port,
  user: AGENT_USER,
  identityFile,
  knownHosts: paths.knownHosts,
  hostKeyAlias: hostKeyAlias(paths),
});

const byHost = (one: { host: string }, other: { host: string }): number => (one.host < other.host ? -1 : 1);

/** Changes nothing. Throws UserError (1) when ssh could not be told where the hosts lie. */
export async function hostsJson(ctx: Context) {
  const { paths } = ctx;
  const include = includeLine(paths);
  const [text, endpoint, workspaces] = await Promise.all([
    readUserConfig(paths),
    knownEndpoint(paths),
    listWorkspaces(ctx),
  ]);
  return {
    schema: 1,
    vm: paths.vm,
    /** The line stands in the user's file, above everything that would count before it. */
    installed: text !== undefined && placeOf(text, include) === "effective",
    config: userConfig(paths),
    include,
    hosts: endpoint === undefined ? [] : workspaces.map((one) => hostJson(paths, endpoint, one)).sort(byHost),
  };
}
