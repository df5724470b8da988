// A place that is up and speaks ssh, as data, and the pure spellings of it for ssh, git and sshfs.

/** Two accounts of one guest, each an alias in one generated ssh configuration file (absolute path). */
export interface Target {
  configFile: string;
  /** Alias of the account that owns the workspaces. */
  alias: string;
  /** Alias of the account with sudo; used by provisioning and the clock alone. */
  adminAlias: string;
}

/**
 * One argument for a POSIX shell. The only place where quoting happens: values reach a remote shell
 * through here or as data on standard input. Throws on NUL, which no argument can carry.
 */
export function quote(argument: string): string {
  if (argument.includes("\0")) throw new RangeError("an argument cannot contain NUL");
  return /^[A-Za-z0-9_/.,:=@%+-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}

/** A remote command line from an argument list: every word is quoted. */
export const remoteLine = (argv: readonly string[]): string => argv.map(quote).join(" ");

export interface SshOptions {
  admin?: boolean;
  /** Ask for a terminal on the other side. */
  tty?: boolean;
  /** A connection of its own instead of the shared one: mounts, long transfers. */
  ownConnection?: boolean;
  /** Over the shared connection alone: where none lives ssh fails at once, and none is made. */
  sharedConnection?: boolean;
}

/** `ssh …` for a remote argument list; with none, the account's login shell. */
export function sshArgv(target: Target, command: readonly string[], options: SshOptions = {}): string[] {
  return [
    "ssh",
    "-F",
    target.configFile,
    ...(options.ownConnection ? ["-o", "ControlPath=none"] : []),
    // What would make a connection of its own has nothing to make it over.
    ...(options.sharedConnection ? ["-o", "ControlMaster=no", "-o", "ProxyCommand=false"] : []),
    options.tty ? "-tt" : "-T",
    "--",
    options.admin ? target.adminAlias : target.alias,
    ...(command.length > 0 ? [remoteLine(command)] : []),
  ];
}

/** The value of GIT_SSH_COMMAND, which git hands to a shell. */
export const gitSshCommand = (target: Target): string => `ssh -F ${quote(target.configFile)}`;

/** The url git uses for a workspace directory (already checked against the name rule). */
export const gitUrl = (target: Target, directory: string): string =>
  `ssh://${target.alias}/~/workspace/${directory}`;
