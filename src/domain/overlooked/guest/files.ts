// Parts of constant scripts: files that lie in a work tree and that git says nothing of at all. Pure.

/** Paths on standard input, NUL after each → those that no list of the arguments, nor a .git, holds with all below it. */
const OUTSIDE = `
  use strict;
  use warnings;
  my %above;
  $/ = "\\0";
  for my $list (@ARGV) {
    open my $paths, "<", $list or die "$list: $!\\n";
    while (<$paths>) { chomp; $above{$_} = 1 if s{/\\z}{} }
  }
  PATH: while (<STDIN>) {
    chomp;
    next if m{(^|/)\\.git(/|\\z)};
    for (my $at = $_; $at =~ s{/[^/]*\\z}{};) { next PATH if $above{$at} }
    print "$_\\0";
  }
`;

/** not_below <lists>: the paths on standard input that lie below no directory of the lists (those end with a slash). */
export const NOT_BELOW = `
not_below() { perl -e '${OUTSIDE}' "$@"; }
`;

/**
 * unseen_files <found> <tracked> <untracked> <ignored> <submodules>: of the files that were found, those which git names
 * nowhere, as it does when a path is too long for it, or when it leaves out what some file system could take for a
 * directory of its own. Lists of paths, NUL after each; the first sorted, directories with a slash. What is gone by then
 * is none of them.
 */
export const UNSEEN_FILES = `${NOT_BELOW}
refuse_too_long() { # of paths on standard input
  long=$(perl -0ne 'if (length > 4000) { print substr($_, 0, 200); exit }')
  [ -z "$long" ] || { printf 'a path is too long for any program to open it: %s…\\n' "$long" >&2; exit 67; }
}
unseen_files() {
  sort -zu -- "$2" "$3" "$4" | comm -z -23 "$1" - | not_below "$3" "$4" "$5" |
    perl -0ne 'chomp; print "$_\\0" if lstat "./$_" or !$!{ENOENT} && !$!{ENOTDIR}'
}
`;
