// The account that runs limactl and QEMU: the caller, or a system account when the caller is root.

/** limactl refuses root, so as root it runs as this account, which `agent-vm setup` makes. */
export const ACCOUNT = "agent-vm";

/**
 * The argument list that runs `argv` as that account with exactly the environment `env`, from the root directory
 * as root (the caller's current directory may be closed to the account).
 */
export function accountArgv(
  uid: number,
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): string[] {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  if (uid !== 0) return ["env", "-i", ...variables, ...argv];
  const become = ["setpriv", "--reuid", ACCOUNT, "--regid", ACCOUNT, "--init-groups", "--inh-caps=-all"];
  return [...become, "--no-new-privs", "env", "-C", "/", "-i", ...variables, ...argv];
}

/** For a program that only tells something about itself and refuses root: as nobody, who always exists. */
export const nobodyArgv = (uid: number, argv: readonly string[]): string[] =>
  uid === 0
    ? ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--no-new-privs", ...argv]
    : [...argv];
