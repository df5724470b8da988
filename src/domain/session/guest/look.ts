// The constant script that tells everything of the guest's sessions; changes nothing. Pure.
import { FIND_BASE } from "../guest.ts";
import { LIVES } from "./lives.ts";
import { word } from "./word.ts";

/** So many are told of: the newest. */
export const MOST_SESSIONS = 500;

/**
 * Answer, each field followed by NUL: "=session", id, the fields of `about`, `end`, `state`, "1" when its process lives;
 * "=pane", id, tmux' name, when it last wrote (seconds), how many terminals see it, the last line on it; "=process",
 * pid, parent, kB of memory, seconds of CPU; "=now", seconds, the boot's id; "=done".
 */
const BASH = `
base=$1
kept=$HOME/.local/state/agent-vm/sessions
${LIVES}
read -r boot </proc/sys/kernel/random/boot_id
printf '=now\\0%s\\0%s\\0' "$(date +%s)" "$boot"
# Anything may lie there, and any number of it: of plain files the beginning is read, of what tmux
# has and then of the newest sessions alone.
# To a NUL, as bash passes over any number of them else.
plain() { [ -f "$1" ] && { IFS=$'\\n' read -r -d '' -n 100 "$2" <"$1"; } 2>/dev/null; }
ids() { tmux -S "$base/tmux" list-panes -a -F '#{@agent_vm_id}'; ls -t -- "$kept"; }
for id in $(ids 2>/dev/null | grep -xE '[0-9a-f]{16}' | awk '!seen[$0]++' | head -n ${MOST_SESSIONS}); do
  place=$kept/$id about=() end= state=
  [ -f "$place/about" ] || continue
  for ((n = 0; n < 10; n++)); do IFS= read -r -d '' -n 400 "about[n]" || break; done 2>/dev/null <"$place/about"
  [ \${#about[@]} = 10 ] || continue
  plain "$place/end" end
  plain "$place/state" state
  alive=
  [ -n "$end" ] || ! lives || alive=1
  printf '%s\\0' =session "$id" "\${about[@]}" "$end" "$state" "$alive"
done
# A line that no screen shows parts the screens: tmux from 3.4 on writes out control characters of a message.
mark=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \\n')
panes=() shown=()
format='#{pane_id} #{@agent_vm_id} #{session_name} #{window_activity} #{session_attached}'
while read -r pane id name active attached; do
  panes+=("$id" "$name" "$active" "$attached")
  shown+=(capture-pane -p -t "$pane" ';' display-message -p "$mark" ';')
done < <(tmux -S "$base/tmux" list-panes -a -F "$format" 2>/dev/null)
if [ \${#panes[@]} -gt 0 ]; then
  at=0 last=
  while IFS= read -r line; do
    if [ "$line" = "$mark" ]; then
      printf '%s\\0' =pane "\${panes[@]:at:4}" "$last"
      at=$((at + 4)) last=
    elif [[ $line = *[![:space:]]* ]]; then
      last=$line
    fi
  done < <(tmux -S "$base/tmux" "\${shown[@]}" 2>/dev/null)
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
