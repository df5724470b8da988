// The constant script that tells everything of the guest's sessions; changes nothing. Pure.
import { FIND_BASE } from "../guest.ts";
import { LIVES } from "./lives.ts";
import { word } from "./word.ts";

/**
 * Answer, each field followed by NUL: "=session", id, the fields of `about`, `end`, `state`, "1" when
 * its process lives; "=pane", id, tmux' name,
 * when it last wrote (seconds), how many terminals see it, the last line on it; "=process", pid, parent, kB of memory,
 * seconds of CPU; "=now", seconds, the boot's id; "=done".
 */
const BASH = `
base=$1
kept=$HOME/.local/state/agent-vm/sessions
shopt -s nullglob
${LIVES}
read -r boot </proc/sys/kernel/random/boot_id
printf '=now\\0%s\\0%s\\0' "$(date +%s)" "$boot"
for place in "$kept"/*/; do
  place=\${place%/}
  about=() end= state=
  # What is no file could be waited for without end.
  [ -f "$place/about" ] || continue
  { mapfile -d '' -n 11 -t about <"$place/about"; } 2>/dev/null || continue
  [ \${#about[@]} = 10 ] || continue
  [ ! -f "$place/end" ] || read -r end <"$place/end"
  [ ! -f "$place/state" ] || read -r state <"$place/state"
  alive=
  [ -n "$end" ] || ! lives || alive=1
  printf '%s\\0' =session "\${place##*/}" "\${about[@]}" "$end" "$state" "$alive"
done
panes=() shown=()
format='#{pane_id} #{@agent_vm_id} #{session_name} #{window_activity} #{session_attached}'
while read -r pane id name active attached; do
  panes+=("$id" "$name" "$active" "$attached")
  [ \${#shown[@]} = 0 ] || shown+=(';')
  shown+=(display-message -p $'\\036' ';' capture-pane -p -t "$pane")
done < <(tmux -S "$base/tmux" list-panes -a -F "$format" 2>/dev/null)
if [ \${#panes[@]} -gt 0 ]; then
  at=0
  while IFS= read -r -d $'\\036' screen; do
    [ -n "$screen" ] || continue
    screen=\${screen%"\${screen##*[![:space:]]}"}
    printf '%s\\0' =pane "\${panes[@]:at:4}" "\${screen##*$'\\n'}"
    at=$((at + 4))
  done < <(tmux -S "$base/tmux" "\${shown[@]}" 2>/dev/null; printf '\\036')
fi
ps -U "$(id -u)" -o pid=,ppid=,rss=,times= 2>/dev/null | while read -r pid parent rss cpu; do
  printf '%s\\0' =process "$pid" "$parent" "$rss" "$cpu"
done
printf '=done\\0'
`;

export const LOOK = `
${FIND_BASE}
exec bash -c ${word(BASH)} bash "$base"
`;
