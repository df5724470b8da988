// The constant script that checks out submodules of a workspace, from objects that were sent before. Pure.
import { CHECK_DIR, ENVIRONMENT } from "../../sync/guest/common.ts";
import { BUSY, FILLED, LINKED, SETTLED } from "./common.ts";

/**
 * One submodule, as git itself lays it out. Needs $top. Arguments: "make", "move" or, when its files are at the path that
 * it had before, "follow"; its git directory; its path; the
 * way from its files to its git directory, and back; the commit; HEAD's commit as it was examined, or nothing; origin's
 * url or nothing; its name; the git directory of what declares it.
 * Answer: "done", or "changed" (it is not as it was examined), "blocked" (files are in the way), "elsewhere" (its files
 * stay at another path), "failed", with nothing of its files changed. A commit that nothing else would name any more gets a name below refs/agent-vm/kept/.
 */
export const SETTLE_ONE = `
do=$1 git_dir=$2 path=$3 to_git=$4 to_tree=$5 oid=$6 from=$7 origin=$8 name=$9
shift 9
parent=$1
at=$top/$path git=$top/$git_dir new=$top/.git/agent-vm.submodule.$$
${LINKED}${BUSY}
answer() { printf '%s\\0' "$1"; exit 0; }
# Without its work tree: git ends where that was deleted.
in_it() { GIT_WORK_TREE="$git" git --git-dir="$git" "$@"; }
set_up() {
  in_it config core.bare false
  in_it config core.worktree "$to_tree"
  in_it config core.logAllRefUpdates true
  in_it config receive.denyCurrentBranch updateInstead
  git --git-dir="$top/$parent" config "submodule.$name.active" true
  [ -n "$origin" ] || return 0
  in_it config remote.origin.url "$origin"
  in_it config remote.origin.fetch '+refs/heads/*:refs/remotes/origin/*'
  git --git-dir="$top/$parent" config "submodule.$name.url" "$origin"
}
keep() {
  if [ -z "$from" ] || in_it merge-base --is-ancestor "$from" "$oid"; then return 0; fi
  in_it update-ref "refs/agent-vm/kept/$from" "$from"
}
is_empty() { [ ! -e "$at" ] || { [ -d "$at" ] && [ -z "$(find "$at" -mindepth 1 -print -quit)" ]; }; }
make() {
  mkdir -p -- "$at" &&
    rm -rf -- "$new" && mkdir -- "$new" &&
    keep &&
    in_it -c core.bare=false --work-tree="$new" read-tree --reset -u "$oid" &&
    in_it update-ref --no-deref -m 'agent-vm: push' HEAD "$oid" &&
    printf 'gitdir: %s\\n' "$to_git" >"$new/.git" &&
    set_up &&
    in_it update-ref ${SETTLED} "$oid" &&
    mv -T -- "$new" "$at"
}
move() {
  keep &&
    git -C "$at" -c core.hooksPath=/dev/null -c submodule.recurse=false -c core.fsmonitor=false \\
      checkout -q --detach --no-overwrite-ignore "$oid" -- &&
    in_it update-ref ${SETTLED} "$oid"
}
records() { # a path that the workspace's index has for a submodule
  case $(GIT_LITERAL_PATHSPECS=1 git --git-dir="$top/.git" ls-files -s -- "$1") in 160000*) ;; *) return 1 ;; esac
}
# Its files, with whatever is in them, go where the branch has it now, unless the agent has it elsewhere on purpose. Those
# inside of it have ways of their own: then all of it stays.
follow() {
  [ "$parent" = .git ] && [ ! -e "$git/modules" ] && is_empty || return 1
  real=$(cd -- "$top" && pwd -P) && old=$(cd -- "$git" && cd -- "$(in_it config --get core.worktree)" && pwd -P) || return 1
  case $old in "$real"/?*) ;; *) return 1 ;; esac
  case $real/$path/ in "$old"/*) return 1 ;; esac
  [ -f "$old/.git" ] && [ ! -L "$old/.git" ] || return 1
  [ "$(git -C "$old" rev-parse --absolute-git-dir)" -ef "$git" ] || return 1
  records "$path" && ! records "\${old#"$real/"}" || return 1
  mkdir -p -- "$at" &&
    in_it config core.worktree "$to_tree" &&
    printf 'gitdir: %s\\n' "$to_git" >"$old/.git" &&
    mv -T -- "$old" "$at"
}
if linked "$path" || linked "$git_dir" || busy; then answer changed; fi
[ "$(in_it rev-parse -q --verify 'HEAD^{commit}' 2>/dev/null || :)" = "$from" ] || answer changed
if [ "$do" = make ]; then
  is_empty || answer blocked
  if make >&2; then answer 'done'; fi
  rm -rf -- "$new"
  answer failed
fi
if [ "$do" = follow ]; then
  follow >&2 || answer elsewhere
  if [ "$from" = "$oid" ]; then answer 'done'; fi
fi
own=$(git -C "$at" rev-parse --absolute-git-dir 2>/dev/null || :)
if [ -z "$own" ] || [ ! "$own" -ef "$git" ]; then answer changed; fi
[ -z "$(git -C "$at" -c core.fsmonitor=false status --porcelain -uno --ignore-submodules=all | head -c 1)" ] || answer changed
if move >&2; then answer 'done'; fi
answer blocked
`;

/**
 * Arguments: SETTLE_ONE, directory. Standard input: the ten arguments of each submodule, parents first. Answer: a word
 * for each.
 */
export const SETTLE = `
set -eu
one=$1 dir=$2
${CHECK_DIR}${ENVIRONMENT}
export top="$root/$dir" GIT_LFS_SKIP_SMUDGE=1
[ -d "$top/.git" ]
xargs -0 -r -n 10 sh -c "$one" sh
: >"$top/.git/${FILLED}"
`;
