// The constant program that holds a workspace's large files (Git LFS) in the guest: says, takes and gives them. Pure.

/**
 * Where objects for a workspace that is being made wait: SHIP takes them in. No workspace's name has "~", so this is
 * nobody's. What an interrupted command left there is what the next one need not send.
 */
export const WAITING = ".agent-vm.new.~lfs.";

/**
 * Arguments: "lacks", "take" or "give"; the workspace's directory; "there", or "new" for one that is being made;
 * directories of other workspaces of the repository, separated by "/"; for a submodule its git directory, ".git/modules/…".
 *
 * "lacks": standard input is lines of "oid size"; the answer is the ids that are not there, each followed by NUL, then
 * "=done". What another workspace has is copied, once its SHA-256 is right.
 * "take": standard input is, for each object, a line "oid size", its bytes, and a line: "=" when they were right, "!"
 * when not; then "end". Each object gets its name when it is whole. Answer: "=done".
 * "give": standard input is lines of "oid size"; the answer is a line "count bytes", and for each object that is there
 * with that size a line "oid size" and its bytes; then a line "end".
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
sub path { my ($in, $oid) = @_; "$in/objects/" . substr($oid, 0, 2) . "/" . substr($oid, 2, 2) . "/$oid" }
sub holds { my ($in, $oid, $size) = @_; my $path = path($in, $oid); lstat $path && -f _ && -s _ == $size }
sub asked {
  my @asked;
  while (my $line = <STDIN>) { $line =~ /^([0-9a-f]{64}) (\\d{1,15})\\n\\z/ or exit 64; push @asked, [$1, $2] }
  @asked;
}
sub above { my ($path) = @_; my $so_far = ""; for ($path =~ m{([^/]*/)}g) { $so_far .= $_; mkdir $so_far } }
my $half = "$store/tmp/agent-vm-$$-" . time;
sub half { above($half); sysopen my $file, $half, O_WRONLY | O_CREAT | O_EXCL, 0644 or die "$half: $!\\n"; binmode $file; $file }
sub place { my ($oid) = @_; my $final = path($store, $oid); above($final); rename $half, $final or die "$final: $!\\n" }
END { unlink $half if defined $half }
sub copied {
  my ($from, $oid) = @_;
  eval { require Digest::SHA; 1 } or return 0;
  open my $in, "<:raw", path($from, $oid) or return 0;
  my $out = half();
  my $sum = Digest::SHA->new(256);
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
    print "$oid\\0" unless $from && copied($from, $oid);
  }
  print "=done\\0";
} elsif ($step eq "take") {
  while (1) {
    my $line = <STDIN> // die "it broke off\\n";
    last if $line eq "end\\n";
    my ($oid, $left) = $line =~ /^([0-9a-f]{64}) (\\d{1,15})\\n\\z/ or exit 64;
    my $out = half();
    while ($left > 0) {
      my $read = read STDIN, my $bytes, $left < 1 << 20 ? $left : 1 << 20;
      die "it broke off\\n" unless $read;
      $left -= $read;
      print $out $bytes or die "$half: $!\\n";
    }
    close $out or die "$half: $!\\n";
    my $right = <STDIN> // die "it broke off\\n";
    if ($right eq "=\\n") { place($oid) } else { unlink $half }
  }
  print "=done\\0";
} elsif ($step eq "give") {
  my @there = grep { holds($store, @$_) } asked();
  my $bytes = 0;
  $bytes += $_->[1] for @there;
  print scalar(@there), " $bytes\\n";
  for (@there) {
    my ($oid, $left) = @$_;
    open my $in, "<:raw", path($store, $oid) or die "$oid: $!\\n";
    print "$oid $left\\n";
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
