// The constant script that tells which of the agent's processes work in a workspace. Pure.
import { ENVIRONMENT } from "./common.ts";

/**
 * Every process of the agent whose current directory, program or an open file lies below ~/workspace, and every process
 * of a container that has a directory from there: its files have other paths then, but the kernel tells what is mounted.
 * Answer: process id, name, path below ~/workspace of each such link or mount. The mount's sftp-server holds what the host's programs opened, and
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
place=$(stat -c %m -- "$root")
set -- $(place=$place awk '$5 == ENVIRON["place"] { dev = $3; top = $4 } END { print dev, top }' /proc/self/mountinfo)
[ $# = 2 ] || exit 0
dev=$1 inner=\${2%/}\${root#"\${place%/}"}
export dev inner
{ grep -H -F -e " $inner/" /proc/[0-9]*/mountinfo 2>/dev/null || :; } |
  awk '
    NR == FNR { own[$4 " " $5]; next }
    $3 == ENVIRON["dev"] && index($4, ENVIRON["inner"] "/") == 1 && !(($4 " " $5) in own) {
      split($1, at, "/")
      print at[3], substr($4, length(ENVIRON["inner"]) + 2)
    }
  ' /proc/self/mountinfo - |
  while read -r pid path; do
    name=
    read -r name <"/proc/$pid/comm" || [ -n "$name" ] || continue
    printf '%s\\0%s\\0%s\\0' "$pid" "$name" "$path"
  done
`;
