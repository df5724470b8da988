// The constant scripts that write to a session, and give what it wrote. Pure.
import { FIND_BASE } from "../guest.ts";
import { LIVES } from "./lives.ts";
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

/** Exit codes of LOGS: nothing is kept; what was followed is gone without a word about its end. */
export const NOTHING_KEPT = 69;
export const GONE = 75;

/**
 * In bash. Arguments: the session's files, the place in the log from which on. Prints what comes to the log until the
 * session has ended or its process is gone, or nobody listens any more.
 */
const FOLLOW = `
kept=$1 about=()
${LIVES}
mapfile -d '' -n 11 -t about <"$kept/about"
tail -c "$2" -F -- "$kept/log" 2>/dev/null &
tail=$! how=0
while kill -0 "$tail" 2>/dev/null && [ ! -e "$kept/end" ]; do
  # The end is written before the process goes.
  lives || [ -e "$kept/end" ] || { how=${GONE}; break; }
  sleep 1
done
# What it wrote last is still on its way into the log.
sleep 1
kill "$tail"
exit "$how"
`;

/**
 * Arguments: id, "follow" or "", a second since which ("" for all). Prints what the session wrote, the older of its two
 * files first.
 */
export const LOGS = `
id=$1 follow=$2 since=$3
kept=$HOME/.local/state/agent-vm/sessions/$id
[ -f "$kept/about" ] || exit ${NOTHING_KEPT}
# What lies there may be anything, of any size.
for file in log.1 log log.1.times log.times; do [ ! -e "$kept/$file" ] || [ -f "$kept/$file" ] || exit ${NOTHING_KEPT}; done
most=6000000
# The place from which a file is to be shown, and no more than that of its end.
place() {
  first=$(($(stat -c %s -- "$1" 2>/dev/null || echo 0) - most + 1))
  [ "$first" -gt 0 ] || first=1
  [ -n "$since" ] || { echo "$first"; return; }
  tail -c $most -- "$1.times" 2>/dev/null | awk -v since="$since" -v first="$first" '
    $1 >= since { from = int($2) + 1; print (from > first ? from : first); found = 1; exit } END { if (!found) print "end" }'
}
for file in "$kept/log.1" "$kept/log"; do
  from=$(place "$file")
  [ ! -e "$file" ] || [ "$from" = end ] || [ "$follow$file" = "follow$kept/log" ] ||
    tail -c "+$from" -- "$file" | head -c $most
done
[ -n "$follow" ] || exit 0
[ "$from" != end ] || from=$(($(stat -c %s -- "$kept/log" 2>/dev/null || echo 0) + 1))
[ -n "$since" ] && from=+$from || from=$most
exec bash -c ${word(FOLLOW)} bash "$kept" "$from" 2>/dev/null
`;
