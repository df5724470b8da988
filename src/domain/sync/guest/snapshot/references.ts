// The part of SNAPSHOT that keeps references and the index. Pure.

/** Sets $head, the commit that is checked out or nothing, and $index, the commit of the index on it; "unmerged" in $tmp. */
export const REFERENCES = `
# The references, whole: what is missing from the object store fails here, before anything is deleted.
in_own for-each-ref --format='%(objectname) %(refname)' >"$tmp/all" 2>"$tmp/trouble" || echo >>"$tmp/trouble"
if [ -s "$tmp/trouble" ]; then cat "$tmp/trouble" >&2; exit 67; fi
sed -n '/^[0-9a-f]* refs\\/remotes\\//!s/^\\([0-9a-f]*\\) \\(.*\\)$/create refs\\/save\\/\\2 \\1/p' <"$tmp/all" >"$tmp/refs"
git update-ref --stdin <"$tmp/refs"
head=$(in_own rev-parse -q --verify 'HEAD^{commit}' || :)
[ -z "$head" ] || keep own/head "$head"

# The index: first as it is, an unfinished merge's sides apart.
if [ -f "$own/index" ]; then
  # With its time: git finds out by it which files may have changed in the second it was written.
  cp -p -- "$own/index" "$repo/index"
  for shared in "$own"/sharedindex.*; do [ ! -f "$shared" ] || cp -p -- "$shared" "$repo/"; done
fi
if [ ! -f "$repo/index" ]; then git read-tree --empty; fi
git ls-files -u -z >"$tmp/unmerged"
if [ -s "$tmp/unmerged" ]; then
  sed -z 's/^\\([0-7]*\\) \\([0-9a-f]*\\) \\([123]\\)\\t/\\1 \\2 0\\t\\3\\//' <"$tmp/unmerged" |
    GIT_INDEX_FILE="$repo/stages" git update-index -z --index-info
  keep own/stages "$(git_commit 'agent-vm: the sides of an unfinished merge' "$(GIT_INDEX_FILE="$repo/stages" git write-tree)")"
  sed -z 's/^[^\\t]*\\t//' <"$tmp/unmerged" | git update-index --force-remove -z --stdin
fi
index=$(git_commit 'agent-vm: the index' "$(git write-tree)" $head)
keep own/index "$index"
`;
