// What a session is in the guest, from its beginning to its exit code: in a window of tmux, or on our own streams. Pure.
import { GROUP, UNLIMITED } from "./group.ts";
import { LOGGER } from "./logger.ts";
import { PRUNE } from "./prune.ts";
import { word } from "./word.ts";

/**
 * A perl program: its arguments are seconds (0: no limit) and the command, which it ends after that time, and wakes
 * when it stops itself: there is no shell to which one could go back meanwhile. Ends with the command's exit code, or
 * 124 as timeout does.
 */
export const MINDER = `
use strict;
use POSIX ":sys_wait_h";
my ($limit, @words) = @ARGV;
my $late = 0;
# Handlers, not "ignore": the command inherits none of them.
$SIG{$_} = sub {} for qw(INT QUIT HUP TERM);
my $pid = fork // exit 125;
if (!$pid) { exec { $words[0] } @words; print STDERR "$words[0]: $!\\n"; exit($!{ENOENT} ? 127 : 126) }
$SIG{ALRM} = sub { kill $late++ ? "KILL" : "TERM", $pid; kill "CONT", $pid; alarm 10 };
alarm $limit if $limit;
for (;;) {
  my $got = waitpid($pid, WUNTRACED);
  last if $got < 0 && !$!{EINTR};
  next if $got != $pid;
  # It is there still, so it has stopped. Not at once, or one that stops for ever would take a whole processor.
  if (kill 0, $pid) { select(undef, undef, undef, 0.2); kill "CONT", $pid; next }
  exit($late ? 124 : WIFSIGNALED($?) ? 128 + WTERMSIG($?) : WEXITSTATUS($?));
}
exit 125;
`;

/** In bash, where a session's files lie: `kept`, from `id`. */
const KEPT = `
kept=$HOME/.local/state/agent-vm/sessions/$id
# A disk that takes nothing is no reason to have no shell.
(umask 077; mkdir -p -- "$kept")
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
  # A VM that loses its power remembers it all the same; nobody waits for the disk.
  sync -- "$kept"/about "$kept"/request "$kept"/prompt "$kept" "\${kept%/*}" </dev/null >/dev/null 2>&1 &
)
ended() {
  local why= end
  [ "$1" != 129 ] || why=hangup
  [ "$1" = 0 ] || ! starved || why=memory
  # Whoever stops the VM, from the inside too, ends its programs by a signal.
  [ "$1" -le 128 ] || [ "$(timeout 2 systemctl is-system-running 2>/dev/null)" != stopping ] || why=vm
  [ ! -f "$kept/ending" ] || read -r why <"$kept/ending"
  end="$1 $(date +%s) $why"
  (umask 077; printf '%-63s\\n' "$end" 1<>"$kept/end.new" && mv -- "$kept/end.new" "$kept/end")
  # Whoever is in a workspace's session gets the code of its last shell, whichever that is.
  [ "$kind" != shell ] || (umask 077; printf '%s\\n' "$end" >"$base/$name.end")
}
trap 'ended 129; exit 129' HUP
trap 'ended 143; exit 143' TERM
# The command's to take, not ours.
trap : INT QUIT
[ "$kind" = shell ] || words=(perl "\${minder[@]}" "$limit" "\${words[@]}")
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
dir= place= google= hide= memory=
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
(umask 077; for one in $hide; do printf '%s\\0' "\${!one}"; done >"$base/hide-$id")
# tmux reads the line as a format, so nothing stands in it that could be one.
tmux pipe-pane -t "$TMUX_PANE" "exec perl $base/log.pl \\"\\$HOME\\"/.local/state/agent-vm/sessions/$id/log $base/hide-$id"
minder=("$base/mind.pl")
# The terminal's first process must go when the terminal goes, for the kernel to tell the others; this one stays and notes it.
# When that is killed, bash would write all of it to the terminal.
{ (
${ABOUT}
cd -- "$HOME/\${dir:+workspace/$dir}" || { ended 125; exit 125; }
[ -z "$dir" ] || export AGENT_VM_WORKSPACE="$dir"
if [ -e "$kept/prompt" ]; then "\${words[@]}" <"$kept/prompt"; else "\${words[@]}"; fi
code=$?
ended "$code"
exit "$code"
) 2>&3 3>&-; } 3>&2 2>/dev/null
exit "$?"
`;

/**
 * A bash script, run where a session has its directory and variables already. Arguments: the directory below
 * ~/workspace, id, kind, agent, seconds, bytes of memory ("" for no limit), "prompt" when standard input is one, names
 * of variables to hide in the log, words. The words' streams are ours; both are kept in `log`, too.
 */
export const DIRECT = `
dir=$1 id=$2 kind=$3 agent=$4 limit=$5 memory=$6 prompt=$7 hide=$8 name=
shift 8
words=("$@") minder=(-e ${word(MINDER)})
${KEPT}
(
  umask 077
  printf '%s\\0' "$kind" "$agent" "$limit" "$@" >"$kept/request"
  [ -z "$prompt" ] || cat >"$kept/prompt"
)
[ -z "$prompt" ] || exec <"$kept/prompt"
${ABOUT}
bash -c ${word(PRUNE)} </dev/null >/dev/null 2>&1 &
both=(perl -e ${word(LOGGER)} "$kept/log" "=$hide" both)
{ "\${words[@]}" 2>&1 1>&3 3>&- | "\${both[@]}" >&2; exit "\${PIPESTATUS[0]}"; } 3>&1 | "\${both[@]}"
code=\${PIPESTATUS[0]}
ended "$code"
exit "$code"
`;
