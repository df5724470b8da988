// The constant scripts that open a session's tmux in the guest, attach to it, and look whether it is there. Pure.
import { FIND_BASE, HOLD } from "../guest.ts";
import { LOGGER } from "./logger.ts";
import { PRUNE } from "./prune.ts";
import { TMUX_CONF, WARDEN } from "./tmux-conf.ts";
import { MINDER, WINDOW } from "./window.ts";
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

/** What OPEN and ATTACH end with when the guest has no tmux. */
export const NO_TMUX = 68;
/** What OPEN ends with when nothing is kept of a session that is to be run again. */
export const NOTHING_KEPT = 67;

/** Starts what must not hold on to what OPEN has open, nor know its variables. */
const APART = `
apart() { env -i HOME="$HOME" PATH="$PATH" setsid sh -c "$@" </dev/null >/dev/null 2>&1 7>&- 9<&- & }
`;

/**
 * Arguments: the tmux session's name, what to show as its name, the session's id, the keys' place ("" for none), "new"
 * for a window more when the session is there, the id of a session whose request and prompt are to be run again ("" for
 * none). Standard input: a line with the bytes of each piece, then the text of NAME.env, the request, the prompt.
 * Answers "made" or "there", "unkept" when the disk takes nothing of it, "unlimited" when the limit of its memory does
 * not hold; ends with NOTHING_KEPT when nothing is kept of what is to be run again. NAME.env begins with what this
 * login has: pam gives a new login the present proxy, authorities and markers.
 */
export const OPEN = `
set -eu
command -v tmux >/dev/null || exit ${NO_TMUX}
name=$1 title=$2 id=$3 place=$4 new=$5 again=$6
umask 077
${FIND_BASE}
put() { printf '%s' "$2" >"$base/$1.new" && mv -- "$base/$1.new" "$base/$1"; }
exec 7>"$base/open.lock"
flock 7
put window.sh ${word(WINDOW)}
put log.pl ${word(LOGGER)}
put mind.pl ${word(MINDER)}
put tmux.conf ${word(TMUX_CONF)}
IFS= read -r first
set -- $first
{
  (unset SSH_CLIENT SSH_CONNECTION SSH_TTY SSH_AUTH_SOCK SSH_ORIGINAL_COMMAND TERM PWD OLDPWD SHLVL _; export -p)
  head -c "$1"
} >"$base/$name.env.new"
all=$HOME/.local/state/agent-vm/sessions
kept=$all/$id unkept=
{ mkdir -p -- "$kept" && head -c "$2" >"$kept/request" && head -c "$3" >"$kept/prompt"; } 2>/dev/null || unkept=" unkept"
if [ -n "$again" ] && [ -z "$unkept" ]; then
  [ -s "$all/$again/request" ] && [ -f "$all/$again/request" ] || { rm -rf -- "$kept" "$base/$name.env.new"; exit ${NOTHING_KEPT}; }
  for file in request prompt; do [ ! -f "$all/$again/$file" ] || cp -- "$all/$again/$file" "$kept/$file" || unkept=" unkept"; done
fi
# Without its request a session would be another.
[ -z "$unkept" ] || [ "$2$again" = 0 ] || { rm -rf -- "$kept" "$base/$name.env.new"; printf 'none%s' "$unkept"; exit; }
for file in request prompt; do [ -s "$kept/$file" ] || rm -f -- "$kept/$file"; done
${TMUX}
${APART}
old=
[ ! -e "$base/$name.place" ] || old=$(cat "$base/$name.place")
if [ -n "$place" ]; then
  ${HOLD.trim().replaceAll("\n", "\n  ")}
fi
mv -- "$base/$name.env.new" "$base/$name.env"
# The variables hold the place of their keys, as each window does; it goes with the last of them.
hold() {
  rm -f -- "$base/$name.place"
  [ -z "$place" ] || {
    # With our own lock (9): one of its own could come after ours has gone, and the place with it.
    env -i PATH="$PATH" setsid tmux -S "$base/tmux" wait-for "keys-$place" </dev/null >/dev/null 2>&1 7>&- &
    put "$name.place" "$place"
  }
  [ -z "$old" ] || tmux_ wait-for -S "keys-$old"
}
# A session that was asked for is seen as soon as we say so.
begun() {
  left=250
  until [ -n "$unkept" ] || [ -e "$kept/about" ] || [ "$left" = 0 ]; do left=$((left - 1)); sleep 0.02; done
}
shell="exec bash $base/window.sh $base $name"
if tmux_ has-session -t "=$name" 2>/dev/null; then
  [ -z "$new" ] || tmux_ new-window -t "=$name:" "$shell $id"
  hold
  if [ -n "$new" ]; then begun; else rm -rf -- "$kept"; fi
  printf 'there%s' "$unkept"
else
  rm -f -- "$base/$name.end"
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
  apart ${word(WARDEN)} sh "$base" "$name" "$(tmux_ display-message -p -t "=$name:" '#{pid} #{session_id}')"
  hold
  begun
  printf 'made%s' "$unkept"
fi
[ ! -e "$kept/unlimited" ] || printf ' unlimited'
bash -c ${word(PRUNE)} </dev/null >/dev/null 2>&1 7>&- 9<&- &
`;

/**
 * Arguments: the tmux session's name, the id of the session whose window is to be shown, or "". Ends as tmux' client;
 * 69 when there is no such session.
 */
export const ATTACH = `
name=$1 id=$2
command -v tmux >/dev/null || exit ${NO_TMUX}
${FIND_BASE}
infocmp -- "$TERM" >/dev/null 2>&1 || export TERM=xterm-256color
export LANG="\${LANG:-C.UTF-8}"
tmux -S "$base/tmux" has-session -t "=$name" 2>/dev/null || exit 69
if [ -n "$id" ]; then
  pane=$(tmux -S "$base/tmux" list-panes -s -t "=$name" -F '#{pane_id} #{@agent_vm_id}' | sed -n "s/ $id\\$//p" | head -n 1)
  [ -z "$pane" ] || tmux -S "$base/tmux" select-window -t "$pane" \\; select-pane -t "$pane"
fi
exec tmux -u -S "$base/tmux" attach-session -t "=$name"
`;

/**
 * Arguments: the tmux session's name, the session's id. Answers whether it is there, and its end if it has one: of a
 * workspace's session that of its last shell, which may be another than the one that was opened first.
 */
export const LEFT = `
name=$1 id=$2
${FIND_BASE}
if tmux -S "$base/tmux" has-session -t "=$name" 2>/dev/null; then printf 'there\\0'; else printf 'gone\\0'; fi
for end in "$base/$name.end" "$HOME/.local/state/agent-vm/sessions/$id/end"; do
  [ ! -f "$end" ] || { head -c 100 -- "$end"; break; }
done
printf '\\0'
`;
