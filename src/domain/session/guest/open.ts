// The constant scripts that open a session's tmux in the guest, attach to it, and look whether it is there. Pure.
import { FIND_BASE, HOLD } from "../guest.ts";
import { PRUNE } from "./prune.ts";
import { CLOSED, TMUX_CONF } from "./tmux-conf.ts";
import { LOGGER, WINDOW } from "./window.ts";
import { word } from "./word.ts";

/**
 * tmux on our server, with nothing of the caller's environment that a window could inherit. Its server begins in a
 * scope of the agent's service manager, where that runs: in this connection's own it could end with the connection.
 */
const TMUX = `
runtime=\${XDG_RUNTIME_DIR:-/run/user/$(id -u)} begin=
tmux_() {
  env -i HOME="$HOME" USER="\${USER:-}" LOGNAME="\${LOGNAME:-}" PATH="$PATH" SHELL="\${SHELL:-/bin/bash}" \\
    LANG="\${LANG:-C.UTF-8}" TERM="\${TERM:-xterm-256color}" XDG_RUNTIME_DIR="$runtime" \\
    $begin tmux -S "$base/tmux" -f "$base/tmux.conf" "$@" 7>&- 9<&-
}
`;

/**
 * Arguments: the tmux session's name, what to show as its name, the session's id, the keys' place ("" for none), "new" for a window more when
 * the session is there, the id of a session whose request and prompt are to be run again. Standard input: a line with the bytes of each piece, then the text of NAME.env, the
 * request, the prompt. Answers "made" or "there", and "unlimited" when the limit of its memory does not hold; ends with 68
 * when nothing is kept of what is to be run again.
 */
export const OPEN = `
set -eu
name=$1 title=$2 id=$3 place=$4 new=$5 again=$6
umask 077
${FIND_BASE}
put() { printf '%s' "$2" >"$base/$1.new" && mv -- "$base/$1.new" "$base/$1"; }
exec 7>"$base/open.lock"
flock 7
put window.sh ${word(WINDOW)}
put log.pl ${word(LOGGER)}
put closed.sh ${word(CLOSED)}
put tmux.conf "$(printf '%s' ${word(TMUX_CONF)} | sed "s|@base@|$base|")"
kept=$HOME/.local/state/agent-vm/sessions/$id
mkdir -p -- "$kept"
IFS= read -r first
set -- $first
head -c "$1" >"$base/$name.env.new"
head -c "$2" >"$kept/request"
head -c "$3" >"$kept/prompt"
for file in request prompt; do
  [ -s "$kept/$file" ] || rm -f -- "$kept/$file"
  [ -z "$again" ] || [ ! -f "$kept/../$again/$file" ] || cp -- "$kept/../$again/$file" "$kept/$file"
done
[ -z "$again" ] || [ -s "$kept/request" ] || { rm -rf -- "$kept" "$base/$name.env.new"; exit 68; }
mv -- "$base/$name.env.new" "$base/$name.env"
${TMUX}
old=
[ ! -e "$base/$name.place" ] || old=$(cat "$base/$name.place")
hold() {
  [ -z "$place" ] || {
    env -i PATH="$PATH" sh -c 'exec 9<"$1/$2/lock"; flock -s 9; exec tmux -S "$1/tmux" wait-for "keys-$2"' sh "$base" "$place" </dev/null >/dev/null 2>&1 7>&- &
    put "$name.place" "$place"
  }
  [ -z "$old" ] || tmux_ wait-for -S "keys-$old"
}
if [ -n "$place" ]; then
  ${HOLD.trim().replaceAll("\n", "\n  ")}
fi
# A session that was asked for is seen as soon as we say so.
begun() {
  left=250
  until [ -e "$kept/about" ] || [ "$left" = 0 ]; do left=$((left - 1)); sleep 0.02; done
}
shell="exec bash $base/window.sh $base $name"
if tmux_ has-session -t "=$name" 2>/dev/null; then
  [ -z "$new" ] || tmux_ new-window -t "=$name:" "$shell $id"
  hold
  if [ -n "$new" ]; then begun; else rm -rf -- "$kept"; fi
  printf there
else
  make() {
    tmux_ new-session -d -s "$name" -x 200 -y 50 "$shell $id" \\; \\
      set-option -t "$name" default-command "$shell" \\; \\
      set-option -t "$name" @agent_vm_workspace "$title" >/dev/null
  }
  if [ -S "$runtime/bus" ] && ! tmux_ list-sessions >/dev/null 2>&1; then
    begin="systemd-run --user --scope --quiet --collect --description=agent-vm --unit=agent-vm-tmux-$id"
  fi
  if [ -z "$begin" ] || ! make 2>/dev/null; then begin=; make; fi
  begin=
  hold
  begun
  printf made
fi
[ ! -e "$kept/unlimited" ] || printf ' unlimited'
bash -c ${word(PRUNE)} </dev/null >/dev/null 2>&1 7>&- 9<&- &
`;

/** Arguments: the tmux session's name. Ends as tmux' client; 69 when there is no such session. */
export const ATTACH = `
name=$1
${FIND_BASE}
infocmp "$TERM" >/dev/null 2>&1 || export TERM=xterm-256color
export LANG="\${LANG:-C.UTF-8}"
tmux -S "$base/tmux" has-session -t "=$name" 2>/dev/null || exit 69
exec tmux -u -S "$base/tmux" attach-session -t "=$name"
`;

/** Arguments: the tmux session's name, the session's id. Answers whether it is there, and its end if it has one. */
export const LEFT = `
name=$1 id=$2
${FIND_BASE}
if tmux -S "$base/tmux" has-session -t "=$name" 2>/dev/null; then printf 'there\\0'; else printf 'gone\\0'; fi
cat -- "$HOME/.local/state/agent-vm/sessions/$id/end" 2>/dev/null
printf '\\0'
`;
