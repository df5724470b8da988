// Parts of constant scripts that say which large files (Git LFS) a workspace holds. Pure.

/** Every file of the store, as "kind path size" (find's letter for the kind), each followed by NUL. In the workspace. */
export const STORED = `
  if [ -d .git/lfs/objects ]; then find .git/lfs/objects ! -type d -printf '%y %P %s\\0'; fi
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
          git cat-file --batch | LC_ALL=C awk '
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
