// What a session is in the guest, from its beginning to its exit code: in a window of tmux, or on our own streams. Pure.
import { GROUP, UNLIMITED } from "./group.ts";
import { PRUNE } from "./prune.ts";
import { word } from "./word.ts";

/**
 * A perl program, because perl is in every Debian: keeps what comes, as the newer of two files of 4 MiB; with a second
 * argument it passes it on, too.
 */
export const LOGGER = `
use strict;
my ($path, $both) = @ARGV;
umask 077;
# What ends the session must not end what it still says.
$SIG{$_} = "IGNORE" for qw(HUP INT QUIT TERM);
open(my $log, ">>:raw", $path) or exit 1;
my $size = -s $log;
while (sysread(STDIN, my $piece, 65536)) {
  syswrite(STDOUT, $piece) if $both;
  syswrite($log, $piece);
  $size += length $piece;
  next if $size < 4194304;
  rename($path, "$path.1");
  open($log, ">:raw", $path) or exit 1;
  $size = 0;
}
`;

/** In bash, where a session's files lie: `kept`, from `id`. */
const KEPT = `
kept=$HOME/.local/state/agent-vm/sessions/$id
(umask 077; mkdir -p -- "$kept") || exit 125
export AGENT_VM_SESSION_FILES="$kept"
`;

/**
 * In bash: enters a control group and writes `about`: what runs (`kind`, `agent`, `words`), for whom (`dir`, `name`), as
 * which process. At the end `ended` writes the exit code, the time, and why: what `ending` says of who ended it, else
 * what can be seen of it. A full disk must not hide an end: its place is taken at
 * the beginning.
 */
const ABOUT = `
${GROUP}
[ "$limited" = 0 ] || { : >"$kept/unlimited"; echo ${word(`agent-vm: ${UNLIMITED}`)} >&2; }
me=$BASHPID
read -r stat <"/proc/$me/stat"
stat=(\${stat##*) })
read -r boot </proc/sys/kernel/random/boot_id
title="\${words[*]:0:16}"
(
  umask 077
  printf '%63s\\n' '' >"$kept/end.new"
  printf '%s\\0' 1 "$dir" "$name" "$kind" "$agent" "$me" "\${stat[19]}" "$boot" "$(date +%s)" "\${title:0:200}" >"$kept/about.new" &&
    mv -- "$kept/about.new" "$kept/about"
)
ended() {
  local why=
  [ "$1" != 129 ] || why=hangup
  [ "$1" = 0 ] || ! starved || why=memory
  # Whoever stops the VM, from the inside too, ends its programs by a signal.
  [ "$1" -le 128 ] || [ "$(timeout 2 systemctl is-system-running 2>/dev/null)" != stopping ] || why=vm
  [ ! -f "$kept/ending" ] || read -r why <"$kept/ending"
  (umask 077; printf '%-63s\\n' "$1 $(date +%s) $why" 1<>"$kept/end.new" && mv -- "$kept/end.new" "$kept/end")
}
trap 'ended 129; exit 129' HUP
trap 'ended 143; exit 143' TERM
# The command's to take, not ours.
trap : INT QUIT
[ "$limit" -gt 0 ] && words=(timeout --foreground -k 10 "$limit" "\${words[@]}")
`;

/**
 * A bash script. Arguments: the directory in memory, the tmux session's name, the session's id (made here when the user
 * opens a window with tmux' own keys). `NAME.env` in that directory gives directory, keys and variables; `request` in
 * the session's files what to run: kind, agent, seconds it may take, words; `prompt` is its standard input. Without a
 * request it is a shell. What happens is kept in the session's files: `about`, `log`, `end`.
 */
export const WINDOW = `
base=$1 name=$2 id=\${3:-}
[ -n "$id" ] || id=$(od -An -N8 -tx1 /dev/urandom | tr -d ' \\n')
${KEPT}
dir= place= google= memory=
[ ! -r "$base/$name.env" ] || . "$base/$name.env"
export AGENT_VM_SESSION="$id" AGENT_VM_KEYS="$place"
if [ -n "$place" ] && [ -e "$base/$place/lock" ]; then
  exec 9<"$base/$place/lock"
  flock -s 9
  if [ -n "$google" ]; then
    [ -e "$base/$place/google.json" ] || (umask 077; printf '%s' "$google" >"$base/$place/google.json")
    export GOOGLE_APPLICATION_CREDENTIALS="$base/$place/google.json"
  fi
fi
unset google
request=(shell '' 0)
[ ! -r "$kept/request" ] || mapfile -d '' -t request <"$kept/request"
kind=\${request[0]} agent=\${request[1]} limit=\${request[2]} words=("\${request[@]:3}")
[ \${#words[@]} -gt 0 ] || words=("\${SHELL:-/bin/bash}" -l)
trap : INT QUIT
tmux set-option -p -t "$TMUX_PANE" @agent_vm_id "$id"
tmux pipe-pane -t "$TMUX_PANE" "exec perl '$base/log.pl' '$kept/log'"
# The terminal's first process must go when the terminal goes, for the kernel to tell the others; this one stays and notes it.
(
${ABOUT}
cd -- "$HOME/\${dir:+workspace/$dir}" || { ended 125; exit 125; }
[ -z "$dir" ] || export AGENT_VM_WORKSPACE="$dir"
if [ -e "$kept/prompt" ]; then "\${words[@]}" <"$kept/prompt"; else "\${words[@]}"; fi
code=$?
ended "$code"
exit "$code"
)
exit "$?"
`;

/**
 * A bash script, run where a session has its directory and variables already. Arguments: the directory below
 * ~/workspace, id, kind, agent, seconds, bytes of memory ("" for no limit), "prompt" when standard input is one, words.
 * The words' streams are ours; both are kept in `log`, too.
 */
export const DIRECT = `
dir=$1 id=$2 kind=$3 agent=$4 limit=$5 memory=$6 prompt=$7 name=
shift 7
words=("$@")
${KEPT}
(
  umask 077
  printf '%s\\0' "$kind" "$agent" "$limit" "$@" >"$kept/request"
  [ -z "$prompt" ] || cat >"$kept/prompt"
)
[ -z "$prompt" ] || exec <"$kept/prompt"
${ABOUT}
bash -c ${word(PRUNE)} </dev/null >/dev/null 2>&1 &
both=(perl -e ${word(LOGGER)} "$kept/log" both)
{ "\${words[@]}" 2>&1 1>&3 3>&- | "\${both[@]}" >&2; exit "\${PIPESTATUS[0]}"; } 3>&1 | "\${both[@]}"
code=\${PIPESTATUS[0]}
ended "$code"
exit "$code"
`;
