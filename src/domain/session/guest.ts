// The constant scripts by which a session lives in the guest. Pure.

/**
 * Sets `base`: the directory of the sessions' places, in memory. /run/agent-vm is made at boot; elsewhere /dev/shm
 * serves, where each home has its own, and the name could be somebody else's.
 */
export const FIND_BASE = `
base=/run/agent-vm
if ! { [ -d "$base" ] && [ -O "$base" ]; }; then
  base=/dev/shm/agent-vm-$(id -u)-$(printf %s "$HOME" | cksum | cut -d " " -f 1)
  mkdir -m 0700 "$base" 2>/dev/null || :
  { [ -d "$base" ] && [ -O "$base" ] && [ ! -L "$base" ]; } || exit 125
fi
`;

/**
 * Argument: a session's place. Removes it when the session's last process has ended: first all that have the lock from
 * it, which costs nothing to wait for, then those that closed it but carry its name in their environment.
 */
const CLEAN_UP = `
exec 8<"$1/lock"
flock -x 8
while grep -qszE "^AGENT_VM_(SESSION|KEYS)=\${1##*/}\\$" /proc/[0-9]*/environ; do sleep 5; done
rm -rf -- "$1"
`;

/** Makes the place `$place` below `$base` and holds its lock (9); it goes when its last process has ended. */
export const HOLD = `
mkdir -m 0700 "$base/$place" || exit 125
(umask 077; : >"$base/$place/lock") || exit 125
exec 9<"$base/$place/lock"
flock -s 9 || exit 125
env -i PATH="$PATH" setsid sh -c '${CLEAN_UP.trim().replaceAll("'", "'\\''")}' agent-vm "$base/$place" </dev/null >/dev/null 2>&1 7>&- 9<&- &
`;

/** Ends in the session itself: the shell or command takes this script's place. */
export const ENTER = `
dir=$1 id=$2 held=$3 names=$4
shift 4
if [ "$AGENT_VM_SEND_AGENT_VM_SESSION" != "$id" ]; then
  echo "agent-vm: This VM or its connection takes no variables yet; bring it up to date with: agent-vm restart" >&2
  export AGENT_VM_SESSION="$id"
fi
for name in $names; do
  eval '[ -z "\${AGENT_VM_SEND_'"$name"'+set}" ] || export '"$name"'="$AGENT_VM_SEND_'"$name"'"'
  unset "AGENT_VM_SEND_$name"
done
if [ -n "$held" ]; then
  ${FIND_BASE.trim().replaceAll("\n", "\n  ")}
  place=$id
  ${HOLD.trim().replaceAll("\n", "\n  ")}
  place=$base/$id
  if [ -n "$AGENT_VM_SEND_GOOGLE_FILE" ]; then
    (umask 077; printf '%s' "$AGENT_VM_SEND_GOOGLE_FILE" >"$place/google.json") || exit 125
    export GOOGLE_APPLICATION_CREDENTIALS="$place/google.json"
  fi
fi
unset AGENT_VM_SEND_GOOGLE_FILE
[ -z "$dir" ] || cd -- "$HOME/workspace/$dir" || exit 125
[ -z "$dir" ] || export AGENT_VM_WORKSPACE="$dir"
[ $# -gt 0 ] && exec "$@"
exec "\${SHELL:-/bin/bash}" -l
`;

/** Says "ready", then for each line it reads the ids of the sessions that live; ends with its input. */
export const WATCH = `
${FIND_BASE.trim()}
echo ready
while read -r _; do
  for place in "$base"/*/; do
    place=\${place%/}
    [ -d "$place" ] && printf '%s ' "\${place##*/}"
  done
  echo
done
`;
