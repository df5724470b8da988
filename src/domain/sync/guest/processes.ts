// The constant script that tells which of the agent's processes work in a workspace. Pure.
import { ENVIRONMENT } from "./common.ts";

/**
 * Every process of the agent whose current directory, program or an open file lies below ~/workspace. Answer: process
 * id, name, path below ~/workspace of each such link. The mount's sftp-server holds what the host's programs opened, and
 * sshd carries this very call; neither is the agent at work.
 */
export const PROCESSES = `
${ENVIRONMENT}
cd -- "$root" 2>/dev/null || exit 0
root=$(pwd -P)
cd /
export root
{ find /proc/[0-9]*/cwd /proc/[0-9]*/exe /proc/[0-9]*/fd -maxdepth 1 -type l -printf '%p\\0%l\\0' 2>/dev/null || :; } |
  xargs -0 -r -n 1000 sh -c '
    while [ $# -ge 2 ]; do
      link=$1 path=$2
      shift 2
      case $path in "$root"/*) ;; *) continue ;; esac
      pid=\${link#/proc/}
      pid=\${pid%%/*}
      name=
      read -r name <"/proc/$pid/comm" || [ -n "$name" ] || continue
      case $name in sshd | sshd-session | sshd-auth | sftp-server) continue ;; esac
      printf "%s\\0%s\\0%s\\0" "$pid" "$name" "\${path#"$root"/}"
    done
  ' sh
`;
