// The constant script that lets a workspace begin anew from the host's commit. Pure.
import { CHECK_DIR, ENVIRONMENT, TIP_OF } from "./common.ts";

/**
 * Moves the workspace's branch to a commit that is there already, and its files when it is checked out; the old commit
 * gets a name in the same transaction. Arguments: directory, branch, the commit it was examined at, the new one, and
 * the reference that HEAD named then or nothing.
 * Answer: "done", or "moved" (it is not as it was examined), "dirty", "blocked" (git cannot move the files), with
 * nothing changed.
 */
export const RESET = `
set -eu
dir=$1 branch=$2 old=$3 new=$4 on=$5
${CHECK_DIR}${ENVIRONMENT}${TIP_OF}
cd -- "$root/$dir"
export GIT_DIR="$PWD/.git" GIT_WORK_TREE="$PWD"
answer() { printf '%s\\0' "$1"; exit 0; }
ref=refs/heads/$branch
[ "$(tip_of "$branch")" = "$old" ] || answer moved
[ "$(git symbolic-ref -q HEAD || :)" = "$on" ] || answer moved
in_tree=no
if [ "$on" = "$ref" ]; then
  for name in MERGE_HEAD rebase-merge rebase-apply CHERRY_PICK_HEAD REVERT_HEAD BISECT_LOG; do
    [ ! -e ".git/$name" ] || answer dirty
  done
  git update-index -q --really-refresh >/dev/null || answer dirty
  git diff-files --quiet --ignore-submodules -- || answer dirty
  git diff-index --quiet --cached --ignore-submodules "$old" -- || answer dirty
  git read-tree -m -u "$old" "$new" || answer blocked
  in_tree=yes
fi
if printf 'update %s\\0%s\\0%s\\0update refs/agent-vm/kept/%s\\0%s\\0\\0' "$ref" "$new" "$old" "$old" "$old" |
  git update-ref -m 'agent-vm: push --reset' -z --stdin; then answer 'done'; fi
if [ "$in_tree" = yes ]; then git read-tree -m -u "$new" "$old"; fi
answer moved
`;

/** What a reset would change, as git's raw diff. Arguments: directory, the old commit, the new one. */
export const RAW_DIFF = `
dir=$1 old=$2 new=$3
${CHECK_DIR}${ENVIRONMENT}
git --git-dir="$root/$dir/.git" diff-tree -r --raw -z --no-renames --ignore-submodules=none "$old" "$new" --
`;
