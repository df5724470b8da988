// The constant program that sends files of a workspace. Pure.

/**
 * Arguments: the workspace's directory, paths below it (or absolute ones). One that is not there is taken for a
 * pattern; no shell sees it. A link that is named is followed, one further down is sent as a link.
 *
 * Answer, as fields that end with NUL: gone | missing INDEX | ok BYTES MEMBERS SOURCES, and for each source the index
 * of its argument, its name, its real path. After "ok": a tar, in which each source stands under its real path; what is
 * mounted below one stays there and is named on standard error. Exit code: tar's (1: a file changed meanwhile; 2: one
 * could not be read), or 3: whole, but for what is mounted.
 */
export const BRING = `
use strict;
use Cwd ();
use File::Glob qw(:bsd_glob);
no warnings "recursion";
$ENV{LC_ALL} = "C";
# 255, which perl dies with, is ssh's own word.
$SIG{__DIE__} = sub { print STDERR @_; exit 1 };
$| = 1;
my ($dir, @asked) = @ARGV;
sub report { print map { "$_\\0" } @_ }
unless (chdir "$ENV{HOME}/workspace/$dir") { report("gone"); exit }

my ($bytes, $members, @mounted, @sources) = (0, 0);
sub measure {
  my ($path, $device) = @_;
  my @seen = lstat $path or return;
  $members++;
  if (-f _) { $bytes += $seen[7]; return }
  return unless -d _;
  if (defined $device && $device != $seen[0]) { push @mounted, $path; return }
  opendir my $open, $path or return;
  my @names = grep { !/^\\.\\.?\\z/ && $_ ne ".git" } readdir $open;
  closedir $open;
  measure("$path/$_", $seen[0]) for @names;
}
sub real {
  my ($path) = @_;
  my $real = Cwd::realpath($path);
  return $real if defined $real && -e $real;
  # A link to nothing stands for itself.
  my ($above, $name) = $path =~ m{^(.*/)?([^/]+)/*\\z}s;
  return Cwd::realpath($above // ".") . "/$name";
}
for my $at (0 .. $#asked) {
  my $path = $asked[$at] eq "" ? "." : $asked[$at];
  my @hits = lstat $path ? ($path) : ();
  @hits = grep { !m{(^|/)\\.(\\.|git)?\\z} && lstat $_ } bsd_glob($path, GLOB_QUOTE)
    if !@hits && $path =~ /[*?[]/;
  unless (@hits) { report("missing", $at); exit }
  for my $hit (@hits) {
    my ($name) = $hit =~ m{([^/]+)/*\\z}s;
    push @sources, [$at, $name // "", real($hit)];
  }
}
measure($_->[2]) for @sources;
report("ok", $bytes, $members, scalar @sources, map { @$_ } @sources);
open my $tar, "|-", "tar", "--format=gnu", "--hard-dereference", "--exclude=.git", "--one-file-system",
  "--warning=no-xdev", "-P", "--no-unquote", "--null",
  "-T", "-", "-cf", "-" or exit 2;
print $tar map { "$_->[2]\\0" } @sources;
close $tar;
my $code = $? >> 8;
print STDERR "left out, because it is mounted there: $_\\n" for @mounted > 20 ? @mounted[0 .. 19] : @mounted;
exit(@mounted && $code == 0 ? 3 : $code);
`;
