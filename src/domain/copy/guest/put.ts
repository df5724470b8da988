// The constant program that takes files for a workspace: beside their place first, and there by rename. Pure.

/**
 * Arguments: "put", "place" or "drop"; the workspace's directory; the destination below it (or absolute); the mark of
 * this copy; what to do with files that differ ("keep", "ask", "force"); how many sources there are; then, three by
 * three, the directory, destination and mark of copies whose process is gone: what they left is cleared, unless a
 * program of theirs is still at work on it. Standard input of
 * "put": a tar with the sources as 0, 1, … and a last member "done" that holds the mark and the name of each source
 * ("" for the content of a directory), between NULs; without it nothing is placed. No command line holds so many names.
 *
 * Answer, as fields that end with NUL: gone | nodir | noparent | broken | dropped | clash COUNT NAMES |
 * differs COUNT NAMES | placed NEW REPLACED SAME. After "differs" with "ask" all of it waits for "place" or "drop".
 * Files that have the same content are left as they are. No link is followed but one that the destination itself is.
 */
export const PUT = `
use strict;
no warnings "recursion";
$ENV{LC_ALL} = "C";
# 255, which perl dies with, is ssh's own word.
$SIG{__DIE__} = sub { print STDERR @_; exit 1 };
$SIG{HUP} = $SIG{PIPE} = "IGNORE";
my ($step, $dir, $dest, $mark, $how, $count, @left) = @ARGV;
sub answer { print map { "$_\\0" } @_; exit }
$mark =~ /^[0-9a-f]{16}\\z/ or exit 64;
sub stage { "$_[0]/.agent-vm-cp.$_[1]" }
# Held from its first moment to the end of this program; a directory that a link stands for is none of ours.
sub held { open my $open, "<", $_[0] or return; flock $open, 2 | 4 or return; $open }
sub remove { system("chmod", "-R", "u+rwX", "--", $_[0]); system("rm", "-rf", "--", $_[0]) }
sub above { $_[0] =~ m{^(.*/)?[^/]+/*\\z}s ? $1 // "." : () }
while (my ($of, $to, $one) = splice @left, 0, 3) {
  next unless $one =~ /^[0-9a-f]{16}\\z/ && chdir "$ENV{HOME}/workspace/$of";
  $to = "." if $to eq "";
  for my $left (map { stage($_, $one) } $to, above($to)) {
    next if -l $left || !-d $left;
    my $lock = held($left) or next;
    remove($left);
  }
}
chdir "$ENV{HOME}/workspace/$dir" or answer("gone");
$dest = "." if $dest eq "";
my $into = -d $dest;
my ($base) = $into ? $dest : $dest =~ m{/\\z} ? () : above($dest);
answer("nodir") if !defined $base || (!$into && $count != 1);
answer("noparent") unless -d $base;
my $stage = stage($base, $mark);
my $held;
sub drop { remove($stage) }

if ($step eq "drop") { drop(); answer("dropped") }
if ($step eq "put") {
  unless (mkdir $stage, 0700) { print STDERR "$base: $!\\n"; exit 1 }
  $held = held($stage);
  my $failed = system("tar", "-x", "-f", "-", "-C", $stage, "--no-same-owner", "-p");
  if ($failed) { drop(); answer("broken") }
}
$held //= held($stage);
my ($told, @names) = ("");
if (open my $end, "<:raw", "$stage/done") { local $/; ($told, @names) = split /\\0/, <$end> // "", -1 }
if ($told ne $mark || @names != $count) { drop(); answer("broken") }

sub kind { my @seen = lstat $_[0] or return ""; -l _ ? "l" : -d _ ? "d" : -f _ ? "f" : "o" }
sub below { opendir my $open, $_[0] or return; grep { !/^\\.\\.?\\z/ } readdir $open }
sub same {
  my ($one, $other, $kind) = @_;
  return readlink($one) eq readlink($other) if $kind eq "l";
  return 0 unless -s $one == -s $other;
  open my $a, "<:raw", $one or return 0;
  open my $b, "<:raw", $other or return 0;
  while (1) {
    my $read = sysread $a, my $x, 65536;
    sysread $b, my $y, 65536;
    return 0 if $x ne $y;
    return 1 unless $read;
  }
}
my (@clash, @differs, @steps, $equal);
sub look {
  my ($from, $to) = @_;
  my ($new, $old) = (kind($from), kind($to));
  if ($old eq "") { push @steps, [$new, $from, $to] }
  elsif ($new eq "d" && $old eq "d") { look("$from/$_", "$to/$_") for below($from) }
  elsif ($new eq "d" || $old eq "d") { push @clash, $to }
  elsif ($new eq $old && same($from, $to, $new)) { $equal++ }
  else { push @differs, $to; push @steps, ["over", $from, $to] }
}
for my $at (0 .. $#names) {
  my $to = !$into ? $dest : $names[$at] eq "" ? $dest : "$dest/$names[$at]";
  # The destination may be a link to a directory; what lies in it may not.
  if ($into && $names[$at] eq "") { look("$stage/$at/$_", "$to/$_") for below("$stage/$at") }
  else { look("$stage/$at", $to) }
}
if (@clash) { drop(); answer("clash", scalar @clash, @clash > 20 ? @clash[0 .. 19] : @clash) }
if (@differs && $how ne "force") {
  drop() if $how ne "ask";
  answer("differs", scalar @differs, @differs > 20 ? @differs[0 .. 19] : @differs);
}
my $failed = 0;
for (@steps) {
  my ($kind, $from, $to) = @$_;
  # What nobody may write in cannot be moved, and nothing out of it.
  chmod 0700, $from =~ m{^(.*)/}s;
  my $mode = $kind eq "d" ? (lstat $from)[2] & 0777 : 0;
  chmod $mode | 0700, $from if $kind eq "d";
  # A file that came meanwhile is not replaced.
  my $placed = $kind eq "f" ? link($from, $to) : $kind eq "l" ? symlink(readlink $from, $to) : rename($from, $to);
  chmod $mode, $to if $placed && $kind eq "d";
  next if $placed;
  print STDERR "$to: $!\\n";
  $failed = 1;
}
drop();
exit 1 if $failed;
answer("placed", @steps - @differs, scalar @differs, $equal // 0);
`;
