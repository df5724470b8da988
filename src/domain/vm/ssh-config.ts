// The ssh configuration file of a VM: pinned, isolated from the user's own configuration. Pure.
import { join } from "node:path";
import type { Target } from "../../target.ts";
import type { Paths } from "../paths.ts";

export const ADMIN_USER = "vmadmin";
export const AGENT_USER = "agent";

export const targetFor = (paths: Paths): Target => ({
  configFile: paths.sshConfig,
  alias: paths.vm,
  adminAlias: `${paths.vm}-admin`,
});

/** The name under which the VM's host key stands in our known_hosts, whatever its port is now. */
export const hostKeyAlias = (paths: Paths): string => `agent-vm-${paths.vm}`;

/** A path as a value of ssh's configuration: quoted, with its own % and backslash made literal. */
export const value = (path: string): string =>
  `"${path.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("%", "%%")}"`;

/** The port in a file that `sshConfig` made. */
export function portIn(text: string): number | undefined {
  const port = /^ {2}Port (\d{1,5})$/m.exec(text)?.[1];
  return port === undefined ? undefined : Number(port);
}

export interface SshEndpoint {
  port: number;
  identityFile: string;
}

/**
 * The prefix under which a session's variables travel, from the environment of its ssh call. It stands in the file
 * because a shared connection passes on only what its own configuration names.
 */
export const SEND_PREFIX = "AGENT_VM_SEND_";

/** The file's text. Options and their reasons: security facts, section 5; keepalive and ciphers: performance facts, section 1. */
export function sshConfig(paths: Paths, endpoint: SshEndpoint): string {
  const target = targetFor(paths);
  const host = (alias: string, user: string, socket: string) => [
    `Host ${alias}`,
    `  User ${user}`,
    `  ControlPath ${value(join(paths.sockets, socket))}`,
  ];
  return `${[
    "# Written by agent-vm at each start of the VM.",
    ...host(target.alias, AGENT_USER, "agent"),
    `  SendEnv ${SEND_PREFIX}*`,
    ...host(target.adminAlias, ADMIN_USER, "admin"),
    "Host *",
    "  Hostname 127.0.0.1",
    `  Port ${endpoint.port}`,
    `  IdentityFile ${value(endpoint.identityFile)}`,
    `  UserKnownHostsFile ${value(paths.knownHosts)}`,
    `  HostKeyAlias ${hostKeyAlias(paths)}`,
    ...CONSTANT_OPTIONS.map((option) => `  ${option}`),
  ].join("\n")}\n`;
}

const CONSTANT_OPTIONS = [
  // OpenSSH before 9.2 does not know it and never offers the escape command line.
  "IgnoreUnknown EnableEscapeCommandline",
  "EnableEscapeCommandline no",
  "StrictHostKeyChecking yes",
  "NoHostAuthenticationForLocalhost no",
  "GlobalKnownHostsFile /dev/null",
  "UpdateHostKeys no",
  "HostKeyAlgorithms ssh-ed25519",
  "IdentitiesOnly yes",
  "IdentityAgent none",
  "PreferredAuthentications publickey",
  "GSSAPIAuthentication no",
  "BatchMode yes",
  "ForwardAgent no",
  "ForwardX11 no",
  "ForwardX11Trusted no",
  "ClearAllForwardings yes",
  "Tunnel no",
  "PermitLocalCommand no",
  "ProxyCommand none",
  "ProxyJump none",
  "CanonicalizeHostname no",
  "LogLevel ERROR",
  "Compression no",
  // A post-quantum exchange is a third of a new connection's time and protects nothing on loopback.
  "KexAlgorithms curve25519-sha256",
  "ConnectTimeout 10",
  "ServerAliveInterval 5",
  "ServerAliveCountMax 3",
  "ControlMaster auto",
  "ControlPersist 10m",
];
