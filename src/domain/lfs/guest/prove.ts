// The part of SNAPSHOT that finds large files (Git LFS) which are, to the last byte, what their pointer says. Pure.
// Of such a file a save holds the pointer and the object: as a blob of git's its content would lie there twice.

/**
 * Standard input: what `git cat-file --batch` says of small blobs of the index. Argument: $tmp, with "staged" and
 * "present". Writes "large" there, "mode blob oid size path" and NUL for each file whose content has the size and the
 * SHA-256 that its pointer in the index names, and prints the other paths of "present", each followed by NUL.
 * Neither times nor attributes count: every byte is read.
 */
const PROVE = `
  use strict;
  use warnings;
  use Fcntl qw(O_RDONLY O_NOFOLLOW O_NONBLOCK);
  my ($tmp) = @ARGV;
  my $can_sum = eval { require Digest::SHA; 1 };
  my $open = sub { my ($how, $name) = @_; open my $file, $how, "$tmp/$name" or die "$name: $!\\n"; $file };
  my %pointer;
  while (defined(my $head = <STDIN>)) {
    my ($blob, $bytes) = $head =~ /^([0-9a-f]+) blob ([0-9]+)$/ or die "pointers\\n";
    read(STDIN, my $text, $bytes + 1) == $bytes + 1 or die "pointers\\n";
    $text =~ m{\\Aversion https://git-lfs\\.github\\.com/spec/v1\\noid sha256:([0-9a-f]{64})\\nsize ([1-9][0-9]{0,14})\\n\\n\\z}
      and $pointer{$blob} = [$1, $2];
  }
  $/ = "\\0";
  my %wanted;
  my $staged = $open->("<", "staged");
  while (my $entry = <$staged>) {
    my ($blob, $path) = $entry =~ /^100[0-7]+ ([0-9a-f]+) 0\\t(.*)\\0\\z/s or next;
    $wanted{$path} = $blob if $can_sum && $pointer{$blob};
  }
  my $mode_of_proven = sub {
    my ($path, $oid, $size) = @_;
    sysopen my $file, "./$path", O_RDONLY | O_NOFOLLOW | O_NONBLOCK or return undef;
    my ($mode, $bytes) = (stat $file)[2, 7];
    -f _ && $bytes == $size or return undef;
    my ($sum, $read) = (Digest::SHA->new(256), 0);
    while (my $got = sysread $file, my $block, 1 << 20) { $sum->add($block); $read += $got }
    return undef unless $read == $size && $sum->hexdigest eq $oid;
    return $mode & 0100 ? "100755" : "100644";
  };
  my ($present, $large) = ($open->("<", "present"), $open->(">", "large"));
  while (defined(my $path = <$present>)) {
    chomp $path;
    my $blob = $wanted{$path};
    my $mode = $blob && $mode_of_proven->($path, @{$pointer{$blob}});
    if ($mode) { print $large "$mode $blob @{$pointer{$blob}} $path\\0" } else { print "$path\\0" }
  }
  close $large or die "large: $!\\n";
  close STDOUT or die "$!\\n";
`;

/**
 * prove_large: "unproven" in $tmp are the paths of "present" that are to be stored as they lie there, "large" the others
 * (see PROVE). Needs $tmp, $mode and $own, the git directory: where git-lfs was never at work, nothing is asked.
 * What only "git show" looks at (a save of work in progress) keeps its content.
 * keep_large: the save's list of them, another for OBJECTS to give them by, and the answer's words.
 */
export const PROVE_LARGE = `
prove_large() {
  : >"$tmp/large"
  if [ "$mode" != all ] || [ ! -d "$own/lfs" ]; then cp -- "$tmp/present" "$tmp/unproven"; return 0; fi
  sed -zn 's/^100[0-7]* \\([0-9a-f]*\\) 0\\t.*/\\1/p' <"$tmp/staged" | tr '\\0' '\\n' | sort -u |
    git cat-file --batch-check='%(objectname) %(objecttype) %(objectsize)' |
    awk '$2 == "blob" && $3 >= 126 && $3 <= 140 { print $1 }' | git cat-file --batch >"$tmp/pointers"
  perl -e '${PROVE}' "$tmp" <"$tmp/pointers" >"$tmp/unproven"
}
keep_large() {
  [ -s "$tmp/large" ] || return 0
  sed -z 's/^[0-7]* [0-9a-f]* //' <"$tmp/large" >"$tmp/large.paths"
  paths=$(git hash-object -w --no-filters -- "$tmp/large.paths")
  keep own/large "$(git_commit 'agent-vm: large files' "$(printf '100644 blob %s\\tpaths\\n' "$paths" | git mktree)")"
  AT=$at perl -0 -pe 's{^([0-9a-f]+ [0-9]+) }{$1 $ENV{AT}/}' <"$tmp/large.paths" >"$repo/large"
  sed -z 's/^\\([0-9a-f]* [0-9]*\\) .*/\\1/' <"$tmp/large.paths" | sort -zu | sed -z 's/^/=large\\x00/'
}
`;
