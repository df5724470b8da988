// The constant scripts that write to a session, and give what it wrote. Pure.
import { FIND_BASE } from "../guest.ts";

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
