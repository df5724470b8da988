// Parts of constant scripts that say which large files (Git LFS) a workspace holds. Pure.

/**
 * The files of the store, as "kind path size" (find's letter for the kind), each followed by NUL. Needs $git_of, the git
 * directory.
 * Objects that no commit, stash, reflog or index names are left out, as git's own are: each "git status" of an edited
 * file leaves one there. All are told where it is not certain that every name was seen: in an operation in progress, with
 * linked worktrees, and when "whole", the last object asked for, does not come out at the end. A name is whatever looks
 * like one in a file that git-lfs could take for a pointer.
 */
export const STORED = `
  if [ -d "$git_of/lfs/objects" ]; then (
    unset GIT_INDEX_FILE
    export GIT_DIR="$git_of"
    git=git
    for name in worktrees MERGE_HEAD rebase-merge rebase-apply CHERRY_PICK_HEAD REVERT_HEAD BISECT_LOG sequencer; do
      if [ -e "$GIT_DIR/$name" ]; then git=false; fi
    done
    { { $git rev-list --objects --all --reflog --indexed-objects --filter=blob:limit=1025 && echo whole || :; } |
        cut -d ' ' -f 1 | sort -u | $git cat-file --batch-check='%(objectname) %(objecttype) %(objectsize)' |
        awk '$2 == "missing" || $2 == "blob" && $3 <= 1024 { print $1 }' | $git cat-file --batch |
        grep -aoE '[0-9a-f]{64}|^whole missing$' || :
      printf '.\\n'
      find "$GIT_DIR/lfs/objects" ! -type d -printf '%y %P %s\\0'
    } | perl -e '
      my (%named, $whole);
      while (<STDIN>) { last if $_ eq ".\\n"; chomp; $whole = 1 if $_ eq "whole missing"; $named{$_} = 1 }
      $/ = "\\0";
      while (<STDIN>) {
        my ($oid) = m{^f [0-9a-f]{2}/[0-9a-f]{2}/([0-9a-f]{64}) };
        print unless $whole && defined $oid && !$named{$oid};
      }'
  ) fi
`;

/**
 * Content that lies in the tree for a pointer of the index, as "oid size": the store need not have it (git lfs prune).
 * Needs $list: reads "$list.filters" (what check-attr says of all tracked files), and writes to "$list.others" the paths
 * with a filter whose content this says nothing about.
 */
export const POINTED = `
      sed -zn 'h;n;n;/^\\(unspecified\\|unset\\|lfs\\)$/!{g;p}' <"$list.filters" >"$list.others"
      sed -zn 'h;n;n;/^lfs$/{g;p}' <"$list.filters" >"$list.large"
      if [ -s "$list.large" ]; then
        git ls-files -s -z | tr '\\n\\0' '?\\n' | cut -d ' ' -f 2 | sort -u |
          git cat-file --batch-check='%(objectname) %(objectsize)' | awk '$2 >= 126 && $2 <= 140 { print $1 }' |
          git cat-file --batch | awk '
            / blob [0-9]+$/ { blob = $1; oid = "" }
            /^oid sha256:[0-9a-f]+$/ { oid = substr($2, 8) }
            /^size [0-9]+$/ { if (oid != "") print blob, oid, $2 }' >"$list.pointers"
        git ls-files -s -z | perl -e '
          my ($list) = @ARGV;
          open my $pointers, "<", "$list.pointers" or die;
          my %pointer = map { /^([0-9a-f]+) ([0-9a-f]{64}) ([0-9]+)$/ ? ($1, [$2, $3]) : () } <$pointers>;
          $/ = "\\0";
          open my $large, "<", "$list.large" or die;
          chomp(my @large = <$large>);
          my %large = map { ($_, 1) } @large;
          open my $others, ">>", "$list.others" or die;
          while (<STDIN>) {
            chomp;
            my ($blob, $path) = /^100[0-7]+ ([0-9a-f]+) [0-3]\\t(.*)\\z/s or next;
            next unless $large{$path};
            my $pointer = $pointer{$blob};
            if (!$pointer) { print $others "$path\\0" }
            elsif (lstat "./$path" and -f _ and -s _ == $pointer->[1]) { print "@$pointer\\0" }
          }
          close $others or die' "$list"
      fi
`;
