// The part of SNAPSHOT that keeps what no branch names: an operation in progress, stashes, commits of reflogs. Pure.

/** Tells the stashes. Needs "unmerged" in $tmp. */
export const HISTORY = `
# What describes an operation in progress.
( cd -- "$own"
  for name in MERGE_HEAD MERGE_MSG MERGE_MODE MERGE_RR MERGE_AUTOSTASH CHERRY_PICK_HEAD REVERT_HEAD REBASE_HEAD ORIG_HEAD \\
    BISECT_ANCESTORS_OK BISECT_EXPECTED_REV BISECT_LOG BISECT_NAMES BISECT_RUN BISECT_START BISECT_TERMS \\
    rebase-merge rebase-apply sequencer; do
    [ ! -e "$name" ] || find "$name" -type f -print0
  done
  [ ! -s "$tmp/unmerged" ] || printf 'index\\0'
) >"$tmp/state"
if [ -s "$tmp/state" ]; then
  ( cd -- "$own"
    export GIT_INDEX_FILE="$repo/state" GIT_WORK_TREE="$own"
    git update-index --add -z --stdin <"$tmp/state"
    git_commit 'agent-vm: an operation in progress' "$(git write-tree)" ) >"$tmp/state-commit"
  keep own/state "$(cat "$tmp/state-commit")"
fi

# Stashes, newest first; before the commits that nothing else names.
in_own log -g --format='%H %gs' refs/stash -- 2>/dev/null >"$tmp/stashes" || :
if [ ! -s "$tmp/stashes" ]; then in_own rev-parse -q --verify refs/stash >"$tmp/stashes" || :; fi
number=0
while read -r oid message; do
  keep "own/stash/$number" "$oid"
  printf '=stash\\0%s\\0%s\\0' "$oid" "$message"
  number=$((number + 1))
done <"$tmp/stashes"

# Commits that only reflogs, an operation in progress or a linked worktree still name.
{ find "$own/logs" "$own"/worktrees/*/logs -type f -exec cut -d ' ' -f 1,2 -- {} + 2>/dev/null || :
  # Where they are no files (reftable), git alone can read them; where one is damaged, the files still say something.
  in_own rev-list --reflog --not --all 2>/dev/null || :
  names_beside "$own"
  ( cd -- "$own" && xargs -0 -r cat -- <"$tmp/state" ) || :
} | { grep -aoE '\\b([0-9a-f]{40}|[0-9a-f]{64})\\b' || :; } | sort -u |
  git cat-file --batch-check='%(objectname) %(objecttype)' | sed -n 's/ commit$//p' >"$tmp/named"
linked_indexes >>"$tmp/named" || { echo 'the index of a linked worktree cannot be read' >&2; exit 67; }
git rev-list --stdin --not --all <"$tmp/named" >"$tmp/earlier"
if [ -s "$tmp/earlier" ]; then
  empty=$(git hash-object -w -t tree --stdin </dev/null)
  { printf 'tree %s\\n' "$empty"
    sed 's/^/parent /' <"$tmp/earlier"
    printf 'author agent-vm <agent-vm@localhost> %s +0000\\ncommitter agent-vm <agent-vm@localhost> %s +0000\\n\\nagent-vm: earlier commits\\n' "$time" "$time"
  } | git hash-object -w -t commit --stdin >"$tmp/earlier-commit"
  keep own/earlier "$(cat "$tmp/earlier-commit")"
fi
`;
