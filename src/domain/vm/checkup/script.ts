// The one script that finds out in the guest what `doctor` wants to know. Runs as the agent, changes nothing.
import { PROBE } from "../guest-scripts.ts";

/**
 * Arguments: a token, then any of `door NAME ADDRESS PORT` (the address "gateway" or "link" is found out in the guest) and
 * `web HOST`. Each try is one line, in any order: `door NAME open|closed`, `web HOST CODE` (curl's
 * exit code), `name HOST ok|failed`, `disk KIB FREE_KIB`, `inodes TOTAL FREE`, `root yes|no`,
 * `group NAME`. All network tries run side by side.
 */
export const CHECKUP = `${PROBE}
token=$1
shift
gateway=$(ip -4 route show default 2>/dev/null | sed -n 's/.* via \\([0-9.]*\\).*/\\1/p' | head -n 1)
device=$(ip -6 route show default 2>/dev/null | sed -n 's/.* dev \\([^ ]*\\).*/\\1/p' | head -n 1)
door() {
  address=$2
  [ "$address" != gateway ] || address=\${gateway:-192.168.5.2}
  [ "$address" != link ] || address="fe80::2%\${device:-eth0}"
  if timeout 8 bash -c 'exec 3<>"/dev/tcp/$0/$1" && printf "%s\\n" "$2" >&3' "$address" "$3" "$token" 2>/dev/null; then
    printf 'door %s open\\n' "$1"
  else
    printf 'door %s closed\\n' "$1"
  fi
}
web() {
  code=0
  curl --silent --output /dev/null --connect-timeout 10 --max-time 20 -- "https://$1/" 2>/dev/null || code=$?
  printf 'web %s %s\\n' "$1" "$code"
}
name() {
  if timeout 15 getent ahosts "$1" >/dev/null; then printf 'name %s ok\\n' "$1"; else printf 'name %s failed\\n' "$1"; fi
}
while [ $# -gt 0 ]; do
  case $1 in
    door) door "$2" "$3" "$4" & shift 4 ;;
    web) web "$2" & name "$2" & shift 2 ;;
    *) exit 64 ;;
  esac
done
df -Pk / | awk 'NR == 2 { printf "disk %s %s\\n", $2, $4 }'
df -Pi / | awk 'NR == 2 { printf "inodes %s %s\\n", $2, $4 }'
if sudo -n true 2>/dev/null; then echo root yes; else echo root no; fi
for group in $(id -nG); do printf 'group %s\\n' "$group"; done
wait
`;
