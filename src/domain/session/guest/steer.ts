// The constant scripts that write to a session, end it, and give what it wrote. Pure.
import { FIND_BASE } from "../guest.ts";
import { word } from "./word.ts";

/** Sets `pane` to the pane of the session `$id`; ends with 69 when tmux has none. */
const FIND_PANE = `
${FIND_BASE}
pane=$(tmux -S "$base/tmux" list-panes -a -F '#{pane_id} #{@agent_vm_id}' 2>/dev/null | sed -n "s/ $id\\$//p" | head -n 1)
[ -n "$pane" ] || exit 69
`;

/**
 * Arguments: id, then names of keys. Standard input: text, which is pasted as one piece where the program can take it
 * so, before the keys.
 */
export const SEND = `
id=$1
shift
${FIND_PANE}
tmux -S "$base/tmux" load-buffer -b "agent-vm-$id" - || exit 1
tmux -S "$base/tmux" show-buffer -b "agent-vm-$id" >/dev/null 2>&1 && {
  tmux -S "$base/tmux" paste-buffer -p -r -d -b "agent-vm-$id" -t "$pane" || exit 1
  # Programs that take a paste apart would take a key that comes with it for a part of it.
  sleep 0.3
}
[ $# = 0 ] || tmux -S "$base/tmux" send-keys -t "$pane" "$@"
`;

/** In bash: whether the process that `about` (an array) names is still that one. */
export const LIVES = `
lives() {
  local stat boot
  { read -r stat <"/proc/\${about[5]}/stat"; } 2>/dev/null || return
  stat=(\${stat##*) })
  read -r boot </proc/sys/kernel/random/boot_id
  [ "\${stat[19]}/$boot" = "\${about[6]}/\${about[7]}" ]
}
`;

const KILL_BASH = `
id=$1 grace=$2 base=$3
kept=$HOME/.local/state/agent-vm/sessions/$id
{ mapfile -d '' -t about <"$kept/about"; } 2>/dev/null || exit 69
${LIVES}
lives || { printf ended; exit; }
mine=($(ps -U "$(id -u)" -o pid=,ppid= | awk -v top="\${about[5]}" '
  { parent[$1] = $2 }
  END { for (one in parent) { up = one; for (n = 0; n < 99 && up && up != top; n++) up = parent[up]; if (up == top) print one } }'))
pane=$(tmux -S "$base/tmux" list-panes -a -F '#{pane_id} #{@agent_vm_id}' 2>/dev/null | sed -n "s/ $id\\$//p")
kill -HUP "\${mine[@]}" 2>/dev/null
kill -CONT "\${mine[@]}" 2>/dev/null
alive() {
  local one stat
  for one in "\${mine[@]}"; do
    { read -r stat <"/proc/$one/stat"; } 2>/dev/null && [[ \${stat##*) } != Z* ]] && return
  done
  return 1
}
for ((left = grace * 10; left > 0; left--)); do
  alive || break
  sleep 0.1
done
forced=
if alive; then
  kill -KILL "\${mine[@]}" 2>/dev/null
  forced=1
  sleep 0.2
fi
[ -z "$pane" ] || tmux -S "$base/tmux" kill-pane -t "$pane" 2>/dev/null
[ -e "$kept/end" ] || printf '137 %s\\n' "$(date +%s)" >"$kept/end"
alive && printf left || { [ -n "$forced" ] && printf killed || printf ended; }
`;

/**
 * Arguments: id, seconds of grace. Hangs up, then kills what is left of it. Answers "ended", "killed", or "left" when
 * something does not go; ends with 69 when there is no such session.
 */
export const KILL = `
${FIND_BASE}
exec bash -c ${word(KILL_BASH)} bash "$1" "$2" "$base"
`;

/**
 * Arguments: id, "follow" or "", a second since which ("" for all). Prints what the session wrote, the older of its two
 * files first.
 */
export const LOGS = `
id=$1 follow=$2 since=$3
kept=$HOME/.local/state/agent-vm/sessions/$id
[ -f "$kept/about" ] || exit 69
# What lies there may be anything, of any size.
for file in log.1 log log.1.times log.times; do [ ! -e "$kept/$file" ] || [ -f "$kept/$file" ] || exit 69; done
most=6000000
# The place from which a file is to be shown.
place() {
  [ -n "$since" ] || { echo 1; return; }
  tail -c $most -- "$1.times" 2>/dev/null |
    awk -v since="$since" '$1 >= since { print int($2) + 1; found = 1; exit } END { if (!found) print "end" }'
}
for file in "$kept/log.1" "$kept/log"; do
  from=$(place "$file")
  [ ! -e "$file" ] || [ "$from" = end ] || [ "$follow$file" = "follow$kept/log" ] ||
    tail -c "+$from" -- "$file" | tail -c $most
done
[ -n "$follow" ] || exit 0
[ "$from" != end ] || from=$(($(stat -c %s -- "$kept/log" 2>/dev/null || echo 0) + 1))
{ while [ ! -e "$kept/end" ]; do sleep 1; done; sleep 1; kill "$$"; } >/dev/null 2>&1 </dev/null &
[ -n "$since" ] || exec tail -c $most -F -- "$kept/log" 2>/dev/null
exec tail -c "+$from" -F -- "$kept/log" 2>/dev/null
`;
