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
${FIND_BASE}
kept=$HOME/.local/state/agent-vm/sessions
${LIVES}
read -r boot </proc/sys/kernel/random/boot_id
printf '=now\\0%(%s)T\\0%s\\0' -1 "$boot"
# Anything may lie there, and any number of it: of plain files the beginning is read, of what tmux
# has and then of the newest sessions alone.
# To a NUL, as bash passes over any number of them else.
plain() { [ -f "$1" ] && { IFS=$'\\n' read -r -d '' -n 100 "$2" <"$1"; } 2>/dev/null; }
format='#{pane_id} #{@agent_vm_id} #{session_name} #{window_activity} #{session_attached}'
panes=() shown=() ids=()
# A line that no screen shows parts the screens: tmux from 3.4 on writes out control characters of a message.
printf -v mark '%08x%08x%08x%08x' "$SRANDOM" "$SRANDOM" "$SRANDOM" "$SRANDOM"
if [ -S "$base/tmux" ]; then
  while read -r pane id name active attached; do
    ids+=("$id")
    panes+=("$id" "$name" "$active" "$attached")
    shown+=(capture-pane -p -t "$pane" ';' display-message -p "$mark" ';')
  done < <(tmux -S "$base/tmux" list-panes -a -F "$format" 2>/dev/null)
fi
# No program is started for what is not there.
for first in "$kept"/*; do break; done
if [ -e "$first" ]; then
  while read -r id; do ids+=("$id"); done < <(ls -t -- "$kept" 2>/dev/null)
fi
declare -A told=()
living=
for id in "\${ids[@]}"; do
  [ "\${#told[@]}" -lt ${MOST_SESSIONS} ] || break
  [[ $id =~ ^[0-9a-f]{16}$ ]] && [ -z "\${told[$id]}" ] || continue
  told[$id]=1
  place=$kept/$id about=() end= state=
  [ -f "$place/about" ] || continue
  for ((n = 0; n < 10; n++)); do IFS= read -r -d '' -n 400 "about[n]" || break; done 2>/dev/null <"$place/about"
  [ \${#about[@]} = 10 ] || continue
  plain "$place/end" end
  plain "$place/state" state
  alive=
  [ -n "$end" ] || ! lives || alive=1 living=1
  printf '%s\\0' =session "$id" "\${about[@]}" "$end" "$state" "$alive"
done
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
# What they take is told of those that live.
if [ -n "$living" ]; then
  ps -U "$UID" -o pid=,ppid=,rss=,times= 2>/dev/null | while read -r pid parent rss cpu; do
    printf '%s\\0' =process "$pid" "$parent" "$rss" "$cpu"
  done
fi
printf '=done\\0'
`;

export const LOOK = `exec bash -c ${word(BASH)}`;
