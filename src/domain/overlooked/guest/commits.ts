// Parts of constant scripts: commits and staged files of a repository that neither its references nor its reflogs name. Pure.

/**
 * names_beside <git directory>: object ids, one a line, in the files beside its references (ORIG_HEAD and its like), and in
 * all that its linked worktrees keep to themselves: HEAD, own references and reflogs, an operation in progress with what
 * it put aside. Some name no object that is there. What was only fetched (FETCH_HEAD) is another repository's.
 *
 * commits_beside <git directory>: those of them that are commits there.
 */
export const NAMES_BESIDE = `
names_beside() {
  find "$1" -maxdepth 1 -type f -name '[A-Z]*' ! -name FETCH_HEAD -exec grep -haoE '\\b([0-9a-f]{40}|[0-9a-f]{64})\\b' -- {} + || :
  if [ -d "$1/worktrees" ]; then
    find "$1/worktrees" -type f ! -name index ! -name 'sharedindex.*' ! -name FETCH_HEAD \\
      -exec grep -haoE '\\b([0-9a-f]{40}|[0-9a-f]{64})\\b' -- {} + || :
  fi
}
commits_beside() {
  names_beside "$1" | sort -u | git --git-dir="$1" cat-file --batch-check='%(objectname) %(objecttype)' | sed -n 's/ commit$//p'
}
`;

/**
 * linked_indexes: a commit for each index of a linked worktree, with every staged file below the number of its side (0
 * where there is no conflict), so that what is only staged there is kept, too. Needs git_commit, $own and $repo. Fails
 * where git cannot read one.
 */
export const LINKED_INDEXES = `
linked_indexes() {
  for other in "$own"/worktrees/*/index; do
    [ -f "$other" ] && [ ! -L "$other" ] || continue
    cp -- "$other" "$repo/other" || return
    for shared in "\${other%/index}"/sharedindex.*; do [ ! -f "$shared" ] || cp -p -- "$shared" "$repo/"; done
    # What is only intended to be added is an empty file there, which no object needs to hold.
    git hash-object -w --stdin </dev/null >/dev/null
    GIT_INDEX_FILE="$repo/other" git ls-files -s -z >"$tmp/other" || return
    rm -f -- "$repo/apart"
    sed -z 's/^\\([0-7]*\\) \\([0-9a-f]*\\) \\([0-3]\\)\\t/\\1 \\2 0\\t\\3\\//' <"$tmp/other" |
      GIT_INDEX_FILE="$repo/apart" git update-index -z --index-info || return
    tree=$(GIT_INDEX_FILE="$repo/apart" git write-tree) || return
    git_commit 'agent-vm: the index of a linked worktree' "$tree" || return
  done
  rm -f -- "$repo/apart"
}
`;
