// The part of SNAPSHOT that makes git objects of files as they lie there: all into packs, each read once. Pure.
// One by one they would be loose objects: a hundred thousand of them took longer to write, and to delete, than to read.
import { PROVE_LARGE } from "../../lfs/guest/prove.ts";

/**
 * Paths on standard input, each followed by NUL → commands for `git fast-import`, a blob each. Argument: the list to
 * write, "mode path" and NUL for each blob. A file that is gone is left out. Anything else that is not as it was said to
 * be ends this without the last command, which fast-import takes for the failure that it is.
 */
const READ = `
  use strict;
  use warnings;
  use Errno qw(ENOENT ENOTDIR);
  use Fcntl qw(O_RDONLY O_NOFOLLOW O_NONBLOCK);
  use constant BLOCK => 1 << 20;
  my ($path, $mark) = ("", 0);
  my $failed = sub { die "./$path: $_[0]\\n" };
  my $gone = sub { $! == ENOENT || $! == ENOTDIR || $failed->($!) };
  my $begin = sub { my ($bytes) = @_; $mark += 1; print "blob\\nmark :$mark\\ndata $bytes\\n" };
  open my $list, ">", $ARGV[0] or die "$ARGV[0]: $!\\n";
  $/ = "\\0";
  while (defined($path = <STDIN>)) {
    chomp $path;
    if (!lstat "./$path") { $gone->(); next }
    if (-l _) {
      my $to = readlink "./$path";
      if (!defined $to) { $gone->(); next }
      $begin->(length $to);
      print "$to\\n";
      print $list "120000 $path\\0";
      next;
    }
    my $file;
    if (!sysopen $file, "./$path", O_RDONLY | O_NOFOLLOW | O_NONBLOCK) { $gone->(); next }
    my ($mode, $left) = (stat $file)[2, 7];
    $failed->("is no file any more") if !-f _;
    my $block = "";
    # What fits is read before its size is told: a file that shrinks meanwhile is taken as it is then.
    if ($left <= BLOCK) {
      while (length $block < $left) {
        my $got = sysread $file, $block, $left - length $block, length $block;
        $failed->($!) if !defined $got;
        last if $got == 0;
      }
      $begin->(length $block);
      print $block;
    } else {
      $begin->($left);
      while ($left > 0) {
        my $got = sysread $file, $block, $left < BLOCK ? $left : BLOCK;
        $failed->(defined $got ? "changed while it was read" : $!) if !$got;
        print $block;
        $left -= $got;
      }
    }
    print "\\n";
    print $list $mode & 0100 ? "100755" : "100644", " $path\\0";
  }
  print "done\\n";
  close $list or die "$ARGV[0]: $!\\n";
  close STDOUT or die "$!\\n";
`;

/**
 * Paths on standard input, each followed by NUL → those that are worth compressing. Argument: the list to write of the
 * others, large files whose bytes are as good as random: to compress them takes three times as long as to store them.
 */
const DENSE = `
  use strict;
  use warnings;
  use Fcntl qw(O_RDONLY O_NOFOLLOW O_NONBLOCK);
  use constant { LARGE => 1 << 20, SAMPLE => 1 << 16, BITS => 7.9 };
  my $is_dense = sub {
    my ($path) = @_;
    lstat $path and -f _ and -s _ >= LARGE or return 0;
    my $middle = int((-s _) / 2);
    sysopen my $file, $path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK or return 0;
    sysseek $file, $middle, 0 or return 0;
    my $got = sysread $file, my $sample, SAMPLE or return 0;
    my (@count, $bits);
    $count[$_] += 1 for unpack "C*", $sample;
    $bits += $_ * log($got / $_) / log(2) for grep { $_ } @count;
    return $bits / $got > BITS;
  };
  open my $dense, ">", $ARGV[0] or die "$ARGV[0]: $!\\n";
  $/ = "\\0";
  while (my $path = <STDIN>) {
    chomp $path;
    if ($is_dense->("./$path")) { print $dense "$path\\0" } else { print "$path\\0" }
  }
  close $dense or die "$ARGV[0]: $!\\n";
  close STDOUT or die "$!\\n";
`;

/**
 * Entries for \`git update-index --index-info\`, from $tmp: what is "staged", without what is "gone" or was to be read
 * ("present"), the files that were read, whose objects the marks name, and those that are "large".
 */
const ENTRIES = `
  use strict;
  use warnings;
  my ($tmp) = @ARGV;
  my $open = sub { open my $file, "<", "$tmp/$_[0]" or die "$_[0]: $!\\n"; $file };
  $/ = "\\0";
  my %apart;
  for my $name ("gone", "present") {
    my $paths = $open->($name);
    while (<$paths>) { chomp; $apart{$_} = 1 }
  }
  my $staged = $open->("staged");
  while (<$staged>) {
    my ($path) = /\\t(.*)\\0\\z/s or die "staged\\n";
    print if !$apart{$path};
  }
  my $large = $open->("large");
  while (<$large>) {
    my ($mode, $blob, $path) = /^([0-7]+) ([0-9a-f]+) [0-9a-f]+ [0-9]+ (.*)\\0\\z/s or die "large\\n";
    print "$mode $blob\\t$path\\0";
  }
  for my $kind ("others", "dense") {
    my ($read, $marks, $mark) = ($open->("read.$kind"), $open->("marks.$kind"), 0);
    while (<$read>) {
      my ($mode, $path) = /^([0-9]+) (.*)\\0\\z/s or die "read\\n";
      $mark += 1;
      my $line = do { local $/ = "\\n"; <$marks> } // "";
      my ($oid) = $line =~ /^:$mark ([0-9a-f]+)$/ or die "marks\\n";
      print "$mode $oid\\t$path\\0";
    }
  }
  close STDOUT or die "$!\\n";
`;

/**
 * store_files: an index at $repo/files of the tracked files ("staged", "gone" and "present" in $tmp) and those in
 * "files", as they lie in the directory where it is called; "refused" in $tmp are those that git takes in no
 * index.
 * Needs $level, of compression: 0 where nothing will be sent. Large files that are what their pointers say are not read
 * into a pack; their pointers are in the index, and they are told (see PROVE_LARGE).
 * git adds to the end of an index at once, but in between, and when it takes something out, it moves all that follows:
 * so the index is a new one, and its entries come in git's own order.
 */
export const STORE_FILES = `
${PROVE_LARGE}
into_pack() { # "others" or "dense", how much to compress
  perl -e '${READ}' "$tmp/read.$1" <"$tmp/$1" |
    git -c core.bigFileThreshold=32m -c pack.compression="$2" -c fastimport.unpackLimit=0 \\
      fast-import --quiet --done --depth=0 --export-marks="$tmp/marks.$1" >/dev/null
}
store_files() {
  prove_large
  cat -- "$tmp/unproven" "$tmp/files" >"$tmp/every"
  if [ "$level" = 0 ]; then mv -- "$tmp/every" "$tmp/others"; : >"$tmp/dense"
  else perl -e '${DENSE}' "$tmp/dense" <"$tmp/every" >"$tmp/others"
  fi
  into_pack others "$level"
  into_pack dense 0
  perl -e '${ENTRIES}' "$tmp" >"$tmp/entries"
  sort -z -t "$(printf '\\t')" -k 2 -o "$tmp/entries" "$tmp/entries"
  GIT_INDEX_FILE="$repo/files" git update-index -z --index-info <"$tmp/entries"
  # git leaves out, and ends well, what some file system could take for a directory of its own: .GIT/x
  GIT_INDEX_FILE="$repo/files" git ls-files -z | sort -z >"$tmp/taken"
  { cat -- "$tmp/read.others" "$tmp/read.dense" | sed -z 's/^[0-7]* //'
    sed -z 's/^[0-7]* [0-9a-f]* [0-9a-f]* [0-9]* //' <"$tmp/large"
  } | sort -z | comm -z -23 - "$tmp/taken" >"$tmp/refused"
}
`;
