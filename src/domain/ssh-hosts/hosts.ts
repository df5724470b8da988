// The ssh hosts of a VM's workspaces, for the user's own ssh, scp, rsync, git and editors, as text. Pure.
import { dirname, join } from "node:path";
import { EXIT, UserError } from "../../errors.ts";
import type { Paths } from "../paths.ts";
import { AGENT_USER, hostKeyAlias, type SshEndpoint, value } from "../vm/ssh-config.ts";

/**
 * A workspace's host: `agent-vm.shop-main`, in a VM of another name `<vm>.shop-main`. A VM's name has no dot, so no two
 * workspaces share one; a directory's name has neither a pattern's nor a shell's characters, whatever the branch's has.
 */
export const hostAlias = (vm: string, dir: string): string => `${vm}.${dir}`;

/** In small letters, too, as it stands in urls: no two directories of a VM differ by their case alone. */
const namesOf = (vm: string, dir: string): string[] => {
  const name = hostAlias(vm, dir);
  return [...new Set([name, name.toLowerCase()])];
};

/** The variable by which the guest's shell learns where a login begins; its sshd takes what begins like that. */
const DIRECTORY = "AGENT_VM_SEND_DIR";

/** The script that ssh asks what the user's configuration adds to one of our hosts. */
export const checkScript = (paths: Paths): string => join(paths.sharedState, "ssh-check");

/** What would mean something in an Include line, in the command of a Match line, or to a shell. */
const SPECIAL = /["'\\%*?[\]{}$!`~\p{Cc}]/u;

/**
 * The one line in the user's configuration: it brings in the hosts of every VM. Throws UserError (1) when ssh could not
 * be told that path.
 */
export function includeLine(paths: Paths): string {
  if (SPECIAL.test(paths.sharedState)) {
    throw new UserError(
      `ssh cannot include files from ${paths.sharedState}: its name has special characters.`,
      {
        hint: "Let XDG_STATE_HOME name another directory, or use: agent-vm ssh <branch>",
        exit: EXIT.failed,
      },
    );
  }
  return `Include "${join(dirname(paths.state), "*", "ssh_hosts")}"`;
}

/**
 * The file's text. The first value of an option counts, and the line that includes it is the first of the user's
 * configuration; what adds up instead (forwards, SendEnv) is asked for at each connection by the script.
 */
export function hostsText(paths: Paths, endpoint: SshEndpoint, dirs: readonly string[]): string {
  const names = dirs.flatMap((dir) => namesOf(paths.vm, dir));
  const ask = (what: string) =>
    `Match originalhost ${names.join(",")} !exec "sh '${checkScript(paths)}' ${what} %n"`;
  const lines = [
    "# Written by agent-vm whenever the VM's port or its workspaces change.",
    ...dirs.flatMap((dir) => [
      `Host ${namesOf(paths.vm, dir).join(" ")}`,
      ...indented([`SetEnv ${DIRECTORY}=${dir}`, ...ownOptions(paths, endpoint)]),
    ]),
    ...(names.length === 0
      ? []
      : [
          ask("variables"),
          ...indented([`ProxyCommand sh '${checkScript(paths)}' refuse %n`]),
          ask("forwards"),
          ...indented(["ClearAllForwardings yes"]),
          `Match originalhost ${names.join(",")}`,
          ...indented(COMMON_OPTIONS),
        ]),
  ];
  return `${lines.join("\n")}\n`;
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

/** In each host by itself: programs that read such files without ssh understand these. */
const ownOptions = (paths: Paths, { port, identityFile }: SshEndpoint): string[] => [
  "HostName 127.0.0.1",
  `Port ${port}`,
  `User ${AGENT_USER}`,
  `IdentityFile ${value(identityFile)}`,
  "IdentitiesOnly yes",
  `UserKnownHostsFile ${value(paths.knownHosts)}`,
  `HostKeyAlias ${hostKeyAlias(paths)}`,
  "StrictHostKeyChecking yes",
  "ForwardAgent no",
];

/**
 * Only what every OpenSSH from 8.5 on knows: an unknown word would end the user's every ssh, and IgnoreUnknown would be
 * theirs, too. Those of GSSAPI are missing in some builds; it is no preferred authentication anyway.
 */
const COMMON_OPTIONS = [
  "NoHostAuthenticationForLocalhost no",
  "GlobalKnownHostsFile /dev/null",
  "KnownHostsCommand none",
  "VerifyHostKeyDNS no",
  "CheckHostIP no",
  "UpdateHostKeys no",
  "HostKeyAlgorithms ssh-ed25519",
  "KexAlgorithms curve25519-sha256",
  "IdentityAgent none",
  "AddKeysToAgent no",
  "PKCS11Provider none",
  "PubkeyAuthentication yes",
  "PubkeyAcceptedAlgorithms ssh-ed25519",
  "PreferredAuthentications publickey",
  "PasswordAuthentication no",
  "KbdInteractiveAuthentication no",
  "HostbasedAuthentication no",
  "BatchMode yes",
  "ForwardX11 no",
  "ForwardX11Trusted no",
  "GatewayPorts no",
  "Tunnel no",
  "PermitLocalCommand no",
  "RemoteCommand none",
  "RequestTTY auto",
  "ProxyCommand none",
  "ProxyJump none",
  "AddressFamily inet",
  "CanonicalizeHostname no",
  "ControlMaster no",
  "ControlPath none",
  "ControlPersist no",
  "Compression no",
  "LogLevel ERROR",
  "ConnectTimeout 10",
  "ServerAliveInterval 5",
  "ServerAliveCountMax 3",
];

/**
 * Asked by ssh with "variables" or "forwards" and a host: fails when the user's configuration adds such to it, or cannot
 * be read. What systems send to every host may pass: language and colours, and Fedora's way of typing.
 */
export const CHECK = `# Written by agent-vm: what does ~/.ssh/config add to a workspace's host?
[ -z "\${AGENT_VM_ASKED-}" ] || exit 0
if [ "$1" = refuse ]; then
  echo "agent-vm: A SendEnv line of your ssh configuration would send variables of yours to the VM. Leave its hosts out there: Host * !\${2%%.*}.*" >&2
  exit 1
fi
AGENT_VM_ASKED=1 ssh -G -T -- "$2" 2>/dev/null | {
  read=
  while read -r word value; do
    case $1:$word:$value in
      variables:sendenv:LANG | variables:sendenv:LANGUAGE | variables:sendenv:LC_[A-Z*]*) ;;
      variables:sendenv:COLORTERM | variables:sendenv:NO_COLOR | variables:sendenv:XMODIFIERS) ;;
      variables:sendenv:* | forwards:localforward:* | forwards:remoteforward:* | forwards:dynamicforward:*) exit 1 ;;
      *:hostname:*) read=1 ;;
    esac
  done
  [ -n "$read" ]
}
`;
