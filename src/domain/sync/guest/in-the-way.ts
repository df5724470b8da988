// The constant script that compares incoming paths with what lies in a workspace. Pure.
import { CHECK_DIR, ENVIRONMENT } from "./common.ts";

/**
 * Files of a directory on standard input, each followed by NUL → those that are not in the list of tracked ones, whole
 * directories by their name. Arguments: the list, how long the directory's own path is.
 */
const UNTRACKED = `
  use strict;
  use warnings;
  my ($list, $least) = @ARGV;
  my (%file, %above, %told);
  my $heads = sub {
    my ($path, @all) = @_;
    while ($path =~ s{/[^/]*\\z}{} && length $path >= $least) { unshift @all, $path }
    @all;
  };
  $/ = "\\0";
  open my $tracked, "<", $list or die "$list: $!\\n";
  while (<$tracked>) {
    chomp;
    $file{$_} = 1;
    $above{$_} = 1 for $heads->($_);
  }
  while (<STDIN>) {
    chomp;
    s{^\\./}{};
    next if $file{$_};
    my ($whole) = grep { !$above{$_} } $heads->($_);
    my $name = defined $whole ? "$whole/" : $_;
    print "$name\\0" if !$told{$name}++;
  }
`;

/**
 * Which incoming paths are already there without being tracked. Arguments: directory; of a submodule its path and its
 * git directory in there. Standard input: "F path" for a path that will be a file, "D path" for one that will be a
 * directory. Answer: the paths in the way.
 *
 * What lies in a directory that becomes a file is told by the disk: git says nothing of a repository in a directory of
 * tracked files, or of a submodule's files, and removes both with the directory.
 */
export const IN_THE_WAY = `
dir=$1 path=\${2:-.}
export GIT_DIR="$HOME/workspace/$dir/\${3:-.git}"
${CHECK_DIR}${ENVIRONMENT}
cd -- "$root/$dir/$path" || exit 1
export GIT_WORK_TREE="$PWD" GIT_LITERAL_PATHSPECS=1
tmp=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d) || exit 1
trap 'rm -rf -- "$tmp"' EXIT
export tracked="$tmp/tracked" untracked='${UNTRACKED}'
xargs -0 -r sh -c '
  for entry do
    path=\${entry#??}
    if [ -L "./$path" ]; then printf "%s\\0" "$path"
    elif [ -d "./$path" ]; then
      case $entry in F*) ;; *) continue ;; esac
      git ls-files -z -- "$path" >"$tracked" || exit 1
      find "./$path" ! -type d -print0 | perl -e "$untracked" "$tracked" "\${#path}" || exit 1
    elif [ -e "./$path" ]; then printf "%s\\0" "$path"
    fi
  done
' sh
`;
