// The constant program that holds a workspace's large files (Git LFS) in the guest: says, takes and gives them. Pure.

import { WORTH_KEEPING } from "../../sync/guest/half.ts";

/**
 * Where objects for a workspace that is being made wait: SHIP takes them in. No workspace's name has "~", so this is
 * nobody's. What an interrupted command left there is what the next one need not send.
 */
export const WAITING = ".agent-vm.new.~lfs.";

/** Below the store's directory: git-lfs was missing when the tree was to get its files, and it has pointers still. */
export const UNFILLED = "agent-vm.unfilled";

/**
 * Arguments: "lacks", "take" or "give"; the workspace's directory; "there", or "new" for one that is being made, or
 * "save" to give what a save of it has proven, from the files themselves (see PROVE_LARGE);
 * directories of other workspaces of the repository, separated by "/"; for a submodule its git directory, ".git/modules/…".
 *
 * "lacks": standard input is lines of "oid size"; the answer is the ids that are not there, "=unfilled" when the tree has
 * pointers because git-lfs was missing, then "=done", each followed by NUL. Behind an id stands how many bytes of it are
 * there from a transfer that broke off, where these are many; it waits where git-lfs puts its own. What another workspace
 * has is copied, once its SHA-256 is right.
 * "take": standard input is, for each object, a line "oid size from", its bytes from there on, and a line: "=" when all of
 * it was right, "!" when not; then "end". Each object gets its name when it is whole. Answer: "=done".
 * "give": standard input is lines of "oid size from"; the answer is a line "count bytes", and for each object that is
 * there with that size a line "oid size" and its bytes from there on; then a line "end".
 */
export const OBJECTS = `
use strict;
use Fcntl;
$ENV{LC_ALL} = "C";
# 255, which perl dies with, is ssh's own word.
$SIG{__DIE__} = sub { return if $^S; print STDERR @_; exit 1 };
$SIG{HUP} = $SIG{PIPE} = "IGNORE";
my ($step, $dir, $state, $others, $git_dir) = @ARGV;
sub checked { $_[0] =~ /^[A-Za-z0-9][A-Za-z0-9._-]*\\z/ && $_[0] !~ /\\.\\./ or exit 64; $_[0] }
checked($dir);
my $root = "$ENV{HOME}/workspace";
# Nothing of ours goes through a link of the agent's, or it would write outside of the workspace.
sub within {
  my ($at, @parts) = ("$root/$dir", split m{/}, $_[0], -1);
  exit 64 if $parts[0] ne ".git" || grep { /^\\.{0,2}\\z/ } @parts;
  for (@parts) { $at .= "/$_"; exit 64 if -l $at }
  $at;
}
my $in = $git_dir // ".git";
my $store = $state eq "new" ? "$root/${WAITING}$dir" : (defined $git_dir ? within($git_dir) : "$root/$dir/.git") . "/lfs";
binmode STDIN;
binmode STDOUT;
my %file;
# No list: no file has any, only the store.
if ($state eq "save" && -e "$root/.agent-vm.save.$dir/large") {
  open my $list, "<:raw", "$root/.agent-vm.save.$dir/large" or die "large: $!\\n";
  local $/ = "\\0";
  while (<$list>) { $file{$1} = $2 if m{^([0-9a-f]{64}) [0-9]+ (/.*)\\0\\z}s }
}
sub path { my ($in, $oid) = @_; $file{$oid} // "$in/objects/" . substr($oid, 0, 2) . "/" . substr($oid, 2, 2) . "/$oid" }
sub holds { my ($in, $oid, $size) = @_; my $path = path($in, $oid); lstat $path && -f _ && -s _ == $size }
sub told { $_[0] =~ /^([0-9a-f]{64}) (\\d{1,15})(?: (\\d{1,15}))?\\n\\z/ or exit 64; ($1, $2, $3 // 0) }
sub asked {
  my @asked;
  while (my $line = <STDIN>) { push @asked, [told($line)] }
  @asked;
}
sub above { my ($path) = @_; my $so_far = ""; for ($path =~ m{([^/]*/)}g) { $so_far .= $_; mkdir $so_far } }
my $half = "$store/tmp/agent-vm-$$-" . time;
sub half { above($half); sysopen my $file, $half, O_WRONLY | O_CREAT | O_EXCL, 0644 or die "$half: $!\\n"; binmode $file; $file }
sub place { my ($oid) = @_; my $final = path($store, $oid); above($final); rename $half, $final or die "$final: $!\\n" }
my $coming;
sub part { "$store/incomplete/$_[0].tmp" }
sub begun { my ($oid, $size) = @_; lstat part($oid) && -f _ && -s _ >= ${WORTH_KEEPING} && -s _ < $size ? -s _ : 0 }
sub summed { eval { require Digest::SHA; 1 } ? Digest::SHA->new(256) : undef }
END {
  if (defined $coming && lstat $half && -s _ >= ${WORTH_KEEPING}) { above(part($coming)); rename $half, part($coming) }
  unlink $half;
}
# Nobody else goes on with it; and what is there may be anything, so all of it is summed up.
sub resumed {
  my ($oid, $from) = @_;
  my $sum = summed() or die "Digest::SHA is missing\\n";
  above($half);
  rename part($oid), $half or die "what was there of $oid is gone\\n";
  sysopen my $file, $half, O_RDWR | O_NOFOLLOW or die "$half: $!\\n";
  binmode $file;
  truncate $file, $from or die "$half: $!\\n";
  while (my $read = sysread $file, my $bytes, 1 << 20) { $sum->add($bytes) }
  return ($file, $sum);
}
sub copied {
  my ($from, $oid) = @_;
  my $sum = summed() or return 0;
  open my $in, "<:raw", path($from, $oid) or return 0;
  my $out = half();
  while (my $read = sysread $in, my $bytes, 1 << 20) {
    $sum->add($bytes);
    print $out $bytes or die "$half: $!\\n";
  }
  close $out or die "$half: $!\\n";
  if ($sum->hexdigest ne $oid) { unlink $half; return 0 }
  place($oid);
  return 1;
}

if ($step eq "lacks") {
  my @from = map { "$root/" . checked($_) . "/$in/lfs" } split m{/}, $others // "";
  for (asked()) {
    my ($oid, $size) = @$_;
    next if holds($store, $oid, $size);
    my ($from) = grep { holds($_, $oid, $size) } @from;
    next if $from && copied($from, $oid);
    my $begun = summed() ? begun($oid, $size) : 0;
    print $begun ? "$oid $begun\\0" : "$oid\\0";
  }
  print "=unfilled\\0" if -e "$store/${UNFILLED}";
  print "=done\\0";
} elsif ($step eq "take") {
  while (1) {
    my $line = <STDIN> // die "it broke off\\n";
    last if $line eq "end\\n";
    my ($oid, $left, $from) = told($line);
    my ($out, $sum) = $from ? resumed($oid, $from) : half();
    $coming = $oid;
    $left -= $from;
    while ($left > 0) {
      my $read = read STDIN, my $bytes, $left < 1 << 20 ? $left : 1 << 20;
      die "it broke off\\n" unless $read;
      $left -= $read;
      $sum->add($bytes) if $sum;
      print $out $bytes or die "$half: $!\\n";
    }
    close $out or die "$half: $!\\n";
    my $right = <STDIN> // die "it broke off\\n";
    undef $coming;
    die "what was there of $oid was not its beginning\\n" if $sum && $sum->hexdigest ne $oid;
    if ($right eq "=\\n") { place($oid) } else { unlink $half }
  }
  print "=done\\0";
} elsif ($step eq "give") {
  my @there = grep { holds($store, @$_) } asked();
  my $bytes = 0;
  $bytes += $_->[1] - $_->[2] for @there;
  print scalar(@there), " $bytes\\n";
  for (@there) {
    my ($oid, $left, $from) = @$_;
    open my $in, "<:raw", path($store, $oid) or die "$oid: $!\\n";
    print "$oid $left\\n";
    seek $in, $from, 0 or die "$oid: $!\\n";
    $left -= $from;
    while ($left > 0) {
      my $read = read $in, my $bytes, $left < 1 << 20 ? $left : 1 << 20;
      die "$oid has become shorter\\n" unless $read;
      $left -= $read;
      print $bytes or exit 1;
    }
  }
  print "end\\n";
} else { exit 64 }
`;

/** Runs a program of perl with data on its standard input. Arguments: the program, its arguments. */
export const RUN_PERL = `
program=$1
shift
exec perl -e "$program" -- "$@"
`;
