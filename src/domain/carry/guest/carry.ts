// The constant program that takes carried files into a workspace. Pure.

/** Below `.git` of a workspace: the carried paths that came there, each followed by NUL. A claim, as all that lies there. */
export const LIST = "agent-vm.carried";

/** What became of one file; the guest's answer is one word for each, in the order of the files. */
export const WORDS = [
  "placed",
  "same",
  "updated",
  "replaced",
  "changed",
  "tracked",
  "visible",
  "clash",
  "nested",
  "failed",
] as const;
export type Word = (typeof WORDS)[number];

/**
 * Arguments: the workspace's directory, the mark of this call, "keep" or "replace". Standard input: how many files, then
 * for each path, mode (octal), size, SHA-256, and that of what was sent before or nothing, each followed by NUL; then
 * their contents, one after the other. Answer, as fields that end with NUL: gone | broken | a word for each, and "=done".
 *
 * Nothing is placed before all of it came and has its sums. No link is followed: it goes into directories one by one,
 * and stays in them. A file that is neither what was sent before nor what comes now is somebody's work: with "keep" it
 * stays, with "replace" it gets the mark behind its name. Git is told to ignore them, in info/exclude.
 */
export const CARRY = `
use strict;
use Digest::SHA;
use Fcntl;
$ENV{LC_ALL} = "C";
$ENV{GIT_OPTIONAL_LOCKS} = 0;
# 255, which perl dies with, is ssh's own word.
$SIG{__DIE__} = sub { print STDERR @_; exit 1 };
$SIG{HUP} = $SIG{PIPE} = "IGNORE";
my ($dir, $mark, $how) = @ARGV;
$mark =~ /^[0-9a-f-]{10,40}\\z/ or exit 64;
$dir =~ /^[A-Za-z0-9][A-Za-z0-9._-]*\\z/ or exit 64;
binmode STDIN;
sub answer { print map { "$_\\0" } @_; exit }
# Into a directory, unless it is a link or became one meanwhile.
sub enter {
  my @seen = lstat $_[0] or return 0;
  return 0 unless -d _ && chdir $_[0];
  my @here = lstat ".";
  return $seen[0] == $here[0] && $seen[1] == $here[1];
}
sub here { opendir my $open, "." or die "$!\\n"; $open }
chdir "$ENV{HOME}/workspace" && enter($dir) or answer("gone");
my $top = here();
enter(".git") or answer("gone");
my $git = here();

sub field { local $/ = "\\0"; my $read = <STDIN>; defined $read && chomp $read or answer("broken"); $read }
my $count = field();
$count =~ /^\\d{1,4}\\z/ or exit 64;
my @files = map { { path => field(), mode => oct field(), size => field(), sum => field(), sent => field() } } 1 .. $count;
# What a killed one left.
system "sh", "-c", "rm -rf -- agent-vm.carry.*";
my $stage = "agent-vm.carry.$mark";
mkdir $stage, 0700 or die "$!\\n";
sub drop { chdir $git; system "rm", "-rf", "--", $stage }
for my $at (0 .. $#files) {
  my $left = $files[$at]{size};
  my $sum = Digest::SHA->new(256);
  sysopen my $out, "$stage/$at", O_WRONLY | O_CREAT | O_EXCL, 0600 or die "$!\\n";
  while ($left > 0) {
    my $read = read STDIN, my $bytes, $left > 65536 ? 65536 : $left;
    last unless $read;
    $sum->add($bytes);
    unless (print $out $bytes) { my $why = $!; drop(); die "$why\\n" }
    $left -= $read;
  }
  my $closed = close $out;
  if (!$closed) { my $why = $!; drop(); die "$why\\n" }
  if ($left > 0 || $sum->hexdigest ne $files[$at]{sum}) { drop(); answer("broken") }
  chmod $files[$at]{mode} & 0777, "$stage/$at";
}

# Into the directory of a path; why not, or nothing.
sub descend {
  my ($path, $make) = @_;
  my @names = split m{/}, $path;
  pop @names;
  chdir $top;
  for my $name (@names) {
    mkdir $name, 0777 if $make && !lstat $name;
    return undef if !$make && !lstat $name;
    return "clash" unless enter($name);
    return "nested" if lstat ".git";
  }
  return undef;
}
sub last_of { $_[0] =~ m{([^/]+)\\z}; $1 }
$_->{word} = descend($_->{path}, 0) for @files;

# Tracked files travel by git.
my @paths = map { $_->{path} } @files;
chdir $top;
my %tracked;
if (@paths) {
  open my $said, "-|", "git", "--git-dir=.git", "--work-tree=.", "--literal-pathspecs", "ls-files", "-z", "--", @paths or die "$!\\n";
  local $/ = "\\0";
  while (<$said>) { chomp; $tracked{$_} = 1 }
}
$_->{word} ||= $tracked{$_->{path}} ? "tracked" : undef for @files;

sub slurp {
  sysopen my $in, $_[0], O_RDONLY | O_NOFOLLOW | O_NONBLOCK or return "";
  return "" unless -f $in;
  local $/;
  <$in> // "";
}
# Whole or not at all, and never through a link.
sub put {
  my ($name, $text) = @_;
  sysopen my $out, "$name.$mark", O_WRONLY | O_CREAT | O_EXCL, 0666 or return 0;
  print $out $text;
  close $out && rename "$name.$mark", $name;
}
sub escaped { my ($path) = @_; $path =~ s/([^A-Za-z0-9\\/._\\x80-\\xff-])/\\\\$1/g; "/$path" }
my @wanted = grep { !$_->{word} } @files;
chdir $git;
mkdir "info";
if (enter("info")) {
  my $text = slurp("exclude");
  $text .= "\\n" if $text ne "" && $text !~ /\\n\\z/;
  my %there = map { $_ => 1 } split /\\n/, $text;
  my @new = grep { !$there{$_}++ } map { escaped($_) } map { ($_->{path}, $how eq "replace" ? "$_->{path}.$mark" : ()) } @wanted;
  unshift @new, "# Files that agent-vm carried here." if @new && !$there{"# Files that agent-vm carried here."};
  put("exclude", join "\\n", $text . join("\\n", @new), "") if @new;
}
# A rule of the repository's own may take them out again.
my %ignored;
if (@wanted) {
  chdir $git;
  put("$stage/paths", join "", map { "$_->{path}\\0" } @wanted);
  chdir $top;
  open my $said, "-|", "sh", "-c", 'exec git --git-dir=.git --work-tree=. check-ignore -z --stdin <"$1"', "sh", ".git/$stage/paths" or die "$!\\n";
  local $/ = "\\0";
  while (<$said>) { chomp; $ignored{$_} = 1 }
}
$_->{word} = "visible" for grep { !$ignored{$_->{path}} } @wanted;

my $from = "$ENV{HOME}/workspace/$dir/.git/$stage";
my @kept;
sub sum_of {
  sysopen my $in, $_[0], O_RDONLY | O_NOFOLLOW | O_NONBLOCK or return "";
  return "" unless -f $in && -s $in <= 1 << 29;
  Digest::SHA->new(256)->addfile($in)->hexdigest;
}
sub place {
  my ($file, $new) = @_;
  my $word = descend($file->{path}, 1);
  return $word if $word;
  my $name = last_of($file->{path});
  if (!lstat $name) { return link($new, $name) ? "placed" : "failed" }
  return "clash" unless -f _;
  my $sum = sum_of($name);
  if ($sum eq $file->{sum}) { chmod $file->{mode} & 0777, $name; return "same" }
  return "changed" unless ($sum ne "" && $sum eq $file->{sent}) || $how eq "replace";
  # Looked at once more under another name, where nobody writes any more.
  my $aside = "$name.$mark";
  return "failed" if lstat $aside or !rename $name, $aside;
  my $known = sum_of($aside) eq $file->{sent} && $file->{sent} ne "";
  if (!$known && $how ne "replace") { unlink $aside if link $aside, $name; return "changed" }
  if (!link $new, $name) { unlink $aside if link $aside, $name; return "failed" }
  if ($known) { unlink $aside; return "updated" }
  push @kept, "$file->{path}.$mark";
  return "replaced";
}
for my $at (0 .. $#files) { $files[$at]{word} ||= place($files[$at], "$from/$at") }

chdir $git;
my %listed = map { $_ => 1 } split /\\0/, slurp("${LIST}");
$listed{$_} = 1 for @kept, map { $_->{path} } grep { $_->{word} =~ /^(?:placed|same|updated|replaced)\\z/ } @files;
put("${LIST}", join "", map { "$_\\0" } sort keys %listed);
drop();
answer((map { $_->{word} } @files), "=done");
`;
