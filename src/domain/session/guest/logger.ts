// The program that keeps what a session writes, in the guest. Pure.

/**
 * A perl program, because perl is in every Debian. Arguments: a file, what to hide, "both" to pass everything on, too.
 * Keeps what comes, as the newer of two files of 4 MiB, and beside each in `.times` a line for each second in which
 * something came: the second and the place. Values that must not be kept become stars: they come NUL-separated in a
 * file that is removed, or "=NAME NAME" tells the variables that hold them. What a full disk does not take is counted,
 * and said there as soon as it takes something.
 */
export const LOGGER = `
use strict;
my ($path, $hide, $both) = @ARGV;
umask 077;
# What ends the session must not end what it still says.
$SIG{$_} = 'IGNORE' for qw(HUP INT QUIT TERM);
my @hidden;
if ($hide =~ s/^=//) { @hidden = map { $ENV{$_} // '' } split ' ', $hide }
elsif (open(my $file, '<:raw', $hide)) { local $/; @hidden = split /\\0/, <$file> // ''; unlink $hide }
@hidden = sort { length $b <=> length $a } grep { length >= 8 } map { ($_, split /\\n/) } @hidden;
my $any = join '|', map { quotemeta } @hidden;
my ($log, $times, $size, $last, $lost, $why, $held) = (undef, undef, 0, 0, 0, '', '');
sub keep {
  my ($piece) = @_;
  if (!$log) {
    open($log, '>>:raw', $path) ? $size = -s $log : undef $log;
    open($times, '>>', "$path.times") or undef $times;
  }
  my $now = time;
  syswrite($times, "$now $size\\n") if $times && $now != $last;
  $last = $now;
  my $note = $lost ? "\\n[agent-vm: $lost bytes are not kept: $why]\\n" : '';
  my $kept = $log ? syswrite($log, "$note$piece") : undef;
  my $missing = length($piece) - (defined $kept && $kept > length $note ? $kept - length $note : 0);
  $lost = 0 if $kept && $kept >= length $note;
  # The file may be another by then.
  ($lost, $why, $log) = ($lost + $missing, "$!", undef) if $missing;
  $size += $kept // 0;
  return if $size < 4194304;
  rename($path, "$path.1");
  rename("$path.times", "$path.1.times");
  unlink $path, "$path.times";
  ($log, $times, $size, $last) = (undef, undef, 0, 0);
}
# How much at the end of the text could be the beginning of a hidden value.
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
  keep(substr($held, 0, length($held) - unfinished(), ''));
}
keep($held) if $lost || $held ne '';
`;
