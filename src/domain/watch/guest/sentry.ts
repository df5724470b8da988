// The constant program that watches workspaces and sessions from within the guest, and asks them when the host wants to
// know. Pure.

import { LOOK } from "../../session/guest/look.ts";
import { word } from "../../session/guest/word.ts";
import { OBSERVE, OBSERVE_ONE } from "../../sync/guest/observe.ts";

/**
 * In perl, because perl is in every Debian and reaches the kernel's inotify by system call: while nothing changes it
 * only looks at the files of the sessions that live, once a second, and starts no program.
 *
 * Standard output, as frames "NAME BYTES\n" and the bytes: "ready" first; "changed": directories, each followed by NUL;
 * "watched": those that are from now on, and may have changed before; "names": something came to ~/workspace or left
 * it; "sessions"; "=observe", "=look", "=size": what was asked.
 * Standard input: frames of that form with "observe", "look", "size" and what is asked about.
 * Arguments: "lines" when each line that a session writes counts, "trees" when workspaces do, the scripts.
 */
const PERL = `
use strict;
my ($lines, $trees, $observe, $one, $look, $size) = @ARGV;
my ($root, $kept) = ("$ENV{HOME}/workspace", "$ENV{HOME}/.local/state/agent-vm/sessions");
open(STDERR, ">", "/dev/null");
$ENV{GIT_OPTIONAL_LOCKS} = 0;
$SIG{PIPE} = sub { exit };
my %calls = (
  observe => [$observe, "sh", $one, "overview", "", ""],
  look => [$look, "sh"],
  size => [$size, "sh"],
);

sub frame {
  my ($name, $bytes) = @_;
  my $all = "$name " . length($bytes) . "\\n$bytes";
  while (length $all) { substr($all, 0, syswrite(STDOUT, $all) // exit) = "" }
}

# Trees. What git ignores is not watched, nor git's objects.
my $MOST = 40000;
my ($machine) = split " ", \`uname -m\`;
my ($init, $add) = $machine eq "x86_64" ? (294, 254) : $machine =~ /^(aarch64|riscv64)$/ ? (26, 27) : ();
my $events;
if ($trees && $init) {
  my $fd = syscall($init, 0x80000);
  open($events, "<&=", $fd) if $fd >= 0;
}
my (%watched, %blind, %changed, %begun, %rescan, %there, $names);

sub watch {
  my ($path, $dir, $kind) = @_;
  # Changed, moved, made, deleted, other permissions; only directories, no links.
  my $wd = $events && keys %watched < $MOST ? syscall($add, fileno($events), $path, 0x030003ce) : -1;
  if ($wd >= 0) { $watched{$wd} = [$dir, $kind] } elsif (-d $path) { $blind{$dir} = 1 }
}

sub watch_below {
  my ($top, $dir, $kind) = @_;
  my @left = ($top);
  for (my $n = 0; @left && $n < 1000; $n++) {
    my $path = shift @left;
    watch($path, $dir, $kind);
    opendir(my $list, $path) or next;
    push @left, grep { !-l && -d _ } map { "$path/$_" } grep { !/^\\.\\.?$|^\\.git$/ } readdir $list;
  }
}

sub scan {
  my ($dir) = @_;
  my $at = "$root/$dir";
  delete $blind{$dir};
  return if -l $at || !-d _;
  watch($at, $dir, "tree");
  return if -l "$at/.git" || !-d _;
  watch("$at/.git", $dir, "git");
  for ("$at/.git/logs/refs", "$at/.git/reftable") { watch($_, $dir, "git") if -d $_ }
  watch_below("$at/.git/refs", $dir, "git");
  local ($ENV{GIT_DIR}, $ENV{GIT_WORK_TREE}, $/) = ("$at/.git", $at, "\\0");
  open(my $list, "-|", "git", "-C", $at, "-c", "core.fsmonitor=false", "ls-files", "-z", "--cached", "--others",
    "--exclude-standard", "--directory") or return;
  my %seen;
  while (<$list>) {
    chomp;
    watch_below("$at/$_", $dir, "tree") if s{/$}{};
    while (s{/[^/]*$}{}) { last if $seen{$_}++; watch("$at/$_", $dir, "tree") }
  }
}

sub workspaces { opendir(my $list, $root) or return; grep { /^[A-Za-z0-9]/ } readdir $list }
sub names {
  my %now = map { $_ => 1 } workspaces();
  for (grep { !$there{$_} } keys %now) { $names = $rescan{$_} = $changed{$_} = 1 }
  for (grep { !$now{$_} } keys %there) { $names = $changed{$_} = 1; delete $blind{$_} }
  %there = %now;
}

sub drain {
  # What comes at once is told at once.
  select(undef, undef, undef, 0.1);
  sysread($events, my $all, 262144) or return;
  for (my $at = 0; $at + 16 <= length $all;) {
    my ($wd, $mask, undef, $length) = unpack "iIII", substr($all, $at, 16);
    my $name = unpack "Z*", substr($all, $at + 16, $length);
    $at += 16 + $length;
    if ($mask & 0x4000) { $changed{$_} = $rescan{$_} = 1 for workspaces() }
    if ($mask & 0x8000) { delete $watched{$wd} }
    my $known = $watched{$wd} or next;
    my ($dir, $kind) = @$known;
    next if $kind eq "git" && $name =~ /\\.lock$/;
    $changed{$dir} = 1;
    $rescan{$dir} = 1 if $mask & 0x40000000 && $mask & 0x180;
  }
}

# Sessions: those without an end.
my (%seen, %over, %pid);
sub first_of { open(my $file, "<", $_[0]) or return ""; sysread($file, my $text, 4096); $text // "" }
sub sessions {
  opendir(my $list, $kept) or return;
  my ($news, %here) = 0;
  for my $id (grep { /^[0-9a-f]{16}$/ } readdir $list) {
    $here{$id} = 1;
    next if $over{$id};
    my $at = "$kept/$id";
    $pid{$id} ||= (split /\\0/, first_of("$at/about"))[5] || next;
    my ($length, $wrote) = (stat "$at/log")[7, 9];
    my $busy = $lines ? "$length $wrote" : time - ($wrote // 0) <= 10;
    my $alive = $pid{$id} =~ /^\\d+$/ ? kill(0, $pid{$id}) : 0;
    $over{$id} = 1 if -e "$at/end";
    my $now = join "/", first_of("$at/state"), $busy, $alive, $over{$id} // 0;
    $news = 1 if $now ne ($seen{$id} // "");
    $seen{$id} = $now;
  }
  for (keys %seen) { $news = 1, delete $seen{$_}, delete $over{$_} if !$here{$_} }
  frame("sessions", "") if $news;
}

# What the host asks; the answer comes when it is complete, and others meanwhile.
my (%jobs, $asked);
sub start {
  my ($name, $bytes) = @_;
  my ($script, @words) = @{ $calls{$name} // exit };
  open(my $input, "+>", undef) or exit;
  syswrite($input, $bytes);
  sysseek($input, 0, 0);
  my $pid = open(my $output, "-|") // exit;
  if (!$pid) {
    open(STDIN, "<&", $input);
    # A tmux that somebody stopped must not keep everything from being told.
    exec "timeout", $name eq "look" ? 10 : 600, "sh", "-c", $script, @words;
    exit 127;
  }
  $jobs{fileno $output} = [$name, $output, ""];
}
sub requests {
  sysread(STDIN, $asked, 65536, length($asked //= "")) or exit;
  while ($asked =~ /^(\\w+) (\\d+)\\n/ && length($asked) >= $+[0] + $2) {
    my ($name, $from, $length) = ($1, $+[0], $2);
    my $bytes = substr($asked, $from, $length);
    substr($asked, 0, $from + $length) = "";
    start($name, $bytes);
  }
}

# Questions are answered between the trees, so that a first table is there before all are watched.
my @queue = $trees ? workspaces() : ();
%there = map { $_ => 1 } @queue;
frame("ready", "");
my ($tick, $turn, %scanned) = (0, 0);
for (;;) {
  my $want = "";
  vec($want, $_, 1) = 1 for fileno(STDIN), keys %jobs, $events ? fileno($events) : ();
  select($want, undef, undef, @queue ? 0 : 1) >= 0 or $want = "";
  requests() if vec($want, fileno(STDIN), 1);
  drain() if $events && vec($want, fileno($events), 1);
  for my $fd (grep { vec($want, $_, 1) } keys %jobs) {
    my ($name, $output) = @{ $jobs{$fd} };
    next if sysread($output, $jobs{$fd}[2], 262144, length $jobs{$fd}[2]);
    my $answer = $jobs{$fd}[2];
    delete $jobs{$fd};
    close $output;
    frame("=$name", $answer);
  }
  if (time != $tick) {
    $tick = time;
    sessions();
    names() if $trees;
    if ($trees && ++$turn % 2 == 0) {
      # What cannot be watched is looked at in turns.
      my @all = sort keys %blind;
      my $few = 1 + int(@all / 10);
      for (@all ? 0 .. $few - 1 : ()) { $changed{$all[($turn / 2 * $few + $_) % @all]} = 1 }
    }
    # A tree that gets new directories all the time is not read all the time.
    for my $dir (grep { $tick - ($scanned{$_} // 0) >= 2 } keys %rescan) {
      delete $rescan{$dir};
      $scanned{$dir} = $tick;
      push @queue, $dir;
    }
  }
  if (defined(my $dir = shift @queue)) {
    scan($dir);
    $begun{$dir} = 1;
  }
  frame("names", "") if $names;
  frame("changed", join "", map { "$_\\0" } keys %changed) if %changed;
  frame("watched", join "", map { "$_\\0" } keys %begun) if %begun;
  ($names, %changed) = ();
  %begun = ();
}
`;

/** Standard input: names of directories below ~/workspace. Answers, each followed by NUL: kB used and in all of the disk, then name and kB of each. */
const SIZE = `
df -Pk "$HOME" | {
  read -r _
  read -r _ _ used free _
  printf '%s\\0' "$used" "$((used + free))"
}
xargs -0 -r sh -c '
  for dir do
    case $dir in "" | [!A-Za-z0-9]* | */*) continue ;; esac
    kb=$(timeout 60 nice -n 19 du -skx -- "$HOME/workspace/$dir" 2>/dev/null | cut -f 1)
    printf "%s\\0%s\\0" "$dir" "$kb"
  done' sh
`;

export const SENTRY = `
exec perl -e ${word(PERL)} -- "$1" "$2" ${[OBSERVE, OBSERVE_ONE, LOOK, SIZE].map(word).join(" ")}
`;
