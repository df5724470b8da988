// What a session is in the guest, from its beginning to its exit code: in a window of tmux, or on our own streams. Pure.
import { word } from "./word.ts";

/**
 * A perl program, because perl is in every Debian. Arguments: a file, what to hide, "both" to pass everything on, too.
 * Keeps what comes, as the newer of two files of 4 MiB, and beside each in `.times` a line for each second in which
 * something came: the second and the place. Values that must not be kept become stars: they come NUL-separated in a
 * file that is removed, or "=NAME NAME" tells the variables that hold them.
 */
export const LOGGER = `
use strict;
my ($path, $hide, $both) = @ARGV;
umask 077;
my @hidden;
if ($hide =~ s/^=//) { @hidden = map { $ENV{$_} // '' } split ' ', $hide }
elsif (open(my $file, '<:raw', $hide)) { local $/; @hidden = split /\\0/, <$file> // ''; unlink $hide }
@hidden = sort { length $b <=> length $a } grep { length >= 8 } map { ($_, split /\\n/) } @hidden;
my $any = join '|', map { quotemeta } @hidden;
open(my $log, '>>:raw', $path) or exit 1;
open(my $times, '>>', "$path.times") or exit 1;
my ($size, $last, $held) = (-s $log, 0, '');
sub keep {
  my ($piece) = @_;
  my $now = time;
  syswrite($times, "$now $size\\n") if $now != $last;
  $last = $now;
  syswrite($log, $piece);
  $size += length $piece;
  return if $size < 4194304;
  rename($path, "$path.1");
  rename("$path.times", "$path.1.times");
  open($log, '>:raw', $path) or exit 1;
  open($times, '>', "$path.times") or exit 1;
  ($size, $last) = (0, 0);
}
# The longest end of the text that could be the beginning of a hidden value.
sub unfinished {
  my $longest = 0;
  for my $value (@hidden) {
    for (my $length = length($value) - 1; $length > $longest; $length--) {
      next if $length > length $held;
      $longest = $length if substr($held, -$length) eq substr($value, 0, $length);
    }
  }
  return $longest;
}
while (sysread(STDIN, my $piece, 65536)) {
  syswrite(STDOUT, $piece) if $both;
  $held .= $piece;
  $held =~ s/$any/********/g if $any ne '';
  my $wait = unfinished();
  keep(substr($held, 0, length($held) - $wait, ''));
}
keep($held);
`;

/** In bash, where a session's files lie: `kept`, from `id`. */
const KEPT = `
kept=$HOME/.local/state/agent-vm/sessions/$id
(umask 077; mkdir -p -- "$kept") || exit 125
export AGENT_VM_SESSION_FILES="$kept"
`;

/** In bash: writes `about`: what runs (`kind`, `agent`, `words`), for whom (`dir`, `name`), as which process. */
const ABOUT = `
read -r stat <"/proc/$$/stat"
stat=(\${stat##*) })
read -r boot </proc/sys/kernel/random/boot_id
title="\${words[*]:0:16}"
(
  umask 077
  printf '%s\\0' 1 "$dir" "$name" "$kind" "$agent" "$$" "\${stat[19]}" "$boot" "$(date +%s)" "\${title:0:200}" >"$kept/about.new"
  mv -- "$kept/about.new" "$kept/about"
)
ended() {
  (umask 077; printf '%s %s\\n' "$1" "$(date +%s)" >"$kept/end.new" && mv -- "$kept/end.new" "$kept/end")
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
dir= place= google= hide=
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
tmux set-option -p -t "$TMUX_PANE" @agent_vm_id "$id"
(umask 077; for one in $hide; do printf '%s\\0' "\${!one}"; done >"$base/hide-$id")
tmux pipe-pane -t "$TMUX_PANE" "exec perl '$base/log.pl' '$kept/log' '$base/hide-$id'"
${ABOUT}
cd -- "$HOME/\${dir:+workspace/$dir}" || { ended 125; exit 125; }
[ -z "$dir" ] || export AGENT_VM_WORKSPACE="$dir"
if [ -e "$kept/prompt" ]; then "\${words[@]}" <"$kept/prompt"; else "\${words[@]}"; fi
code=$?
ended "$code"
exit "$code"
`;

/**
 * A bash script, run where a session has its directory and variables already. Arguments: the directory below
 * ~/workspace, id, kind, agent, seconds, names of variables to hide in the log, words. The words' streams are ours; both are kept in `log`, too.
 */
export const DIRECT = `
dir=$1 id=$2 kind=$3 agent=$4 limit=$5 hide=$6 name=
shift 6
words=("$@")
${KEPT}
${ABOUT}
both=(perl -e ${word(LOGGER)} "$kept/log" "=$hide" both)
{ "\${words[@]}" 2>&1 1>&3 3>&- | "\${both[@]}" >&2; exit "\${PIPESTATUS[0]}"; } 3>&1 | "\${both[@]}"
code=\${PIPESTATUS[0]}
ended "$code"
exit "$code"
`;
