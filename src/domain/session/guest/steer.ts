// The constant scripts that write to a session, and give what it wrote. Pure.
import { FIND_BASE } from "../guest.ts";

/** Sets `pane` to the pane of the session `$id`; ends with 69 when tmux has none. */
const FIND_PANE = `
${FIND_BASE}
pane=$(tmux -S "$base/tmux" list-panes -a -F '#{pane_id} #{@agent_vm_id}' 2>/dev/null | sed -n "s/ $id\\$//p")
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

/** Arguments: id, "follow" or "". Prints what the session wrote, the older of its two files first. */
export const LOGS = `
id=$1 follow=$2
kept=$HOME/.local/state/agent-vm/sessions/$id
[ -e "$kept/about" ] || exit 69
cat -- "$kept/log.1" 2>/dev/null
[ -n "$follow" ] || exec cat -- "$kept/log" 2>/dev/null
{ while [ ! -e "$kept/end" ]; do sleep 1; done; sleep 1; kill "$$"; } &
exec tail -n +1 -F -- "$kept/log" 2>/dev/null
`;
