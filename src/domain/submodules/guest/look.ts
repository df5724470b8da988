// The constant script that looks at the submodules of a workspace; read by seen.ts. Pure.
import { ARRIVING } from "../../sync/ahead/guest/arrive.ts";
import { CHECK_DIR, ENVIRONMENT } from "../../sync/guest/common.ts";
import { BUSY, FILLED, LINKED, SETTLED } from "./common.ts";

/**
 * One submodule; changes nothing. Needs $top. Arguments: its git directory, its path, the git directory of what
 * declares it, its path in there, the commit that is wanted. Writes six fields: a state, HEAD's commit, the branch that
 * HEAD names, the commit that the parent's HEAD records, the one that we last checked out, and letters: h (has the
 * wanted commit), c (changed), o (other files, ignored ones too), b (busy).
 * States: "absent", "kept" (its git directory alone), "present", and what is left alone: "linked", "inside" (of another
 * submodule's git directory), "blocked" (files in its place), "other" (another repository), "elsewhere" (its files are
 * at another path).
 */
export const LOOK_ONE = `
git_dir=$1 path=$2 parent=$3 inside=$4 oid=$5
at=$top/$path git=$top/$git_dir
head= on= recorded= settled= flags=
${LINKED}${BUSY}
answer() {
  printf '%s\\0' "$1" "$head" "$on" "$recorded" "$settled" "$flags"
  exit 0
}
# Without its work tree: git ends where that was deleted.
in_it() { GIT_WORK_TREE="$git" git --git-dir="$git" "$@"; }
commit_of() { GIT_WORK_TREE="$1" git --git-dir="$1" rev-parse -q --verify "$2" 2>/dev/null || :; }
if linked "$path" || linked "$git_dir"; then answer linked; fi
# A name like "lib/x" where "lib" is one already: git would write into the git directory of that.
name=\${git_dir#"$parent/modules/"} above=$top/$parent/modules
while :; do
  case $name in */*) ;; *) break ;; esac
  above=$above/\${name%%/*} name=\${name#*/}
  if [ -e "$above/HEAD" ]; then answer inside; fi
done
is_changed() {
  [ -n "$(git -C "$1" -c core.fsmonitor=false status --porcelain -uno --ignore-submodules=all | head -c 1)" ]
}
# What arrived ahead of a push that was ended is still to be pushed.
has() {
  if [ ! -e "$git/${ARRIVING}$oid" ] && in_it cat-file -e "$oid^{commit}" 2>/dev/null; then flags=\${flags}h; fi
}
if [ -e "$at/.git" ]; then
  own=$(git -C "$at" rev-parse --absolute-git-dir 2>/dev/null || :)
  if [ -z "$own" ] || [ ! "$own" -ef "$git" ]; then answer other; fi
  head=$(commit_of "$git" 'HEAD^{commit}')
  if [ "$head" = "$oid" ]; then flags=h; answer present; fi
  on=$(in_it symbolic-ref -q HEAD || :)
  recorded=$(commit_of "$top/$parent" "HEAD:$inside")
  settled=$(commit_of "$git" ${SETTLED})
  has
  if is_changed "$at"; then flags=\${flags}c; fi
  if [ -n "$(git -C "$at" ls-files --others --directory --no-empty-directory | head -c 1)" ]; then flags=\${flags}o; fi
  if busy; then flags=\${flags}b; fi
  answer present
fi
if [ -e "$at" ]; then
  if [ ! -d "$at" ] || [ -n "$(find "$at" -mindepth 1 -print -quit)" ]; then answer blocked; fi
fi
if [ ! -e "$git" ]; then answer absent; fi
if [ ! -d "$git" ] || [ ! -e "$git/HEAD" ]; then answer other; fi
has
head=$(commit_of "$git" 'HEAD^{commit}')
tree=$(in_it config --get core.worktree || :)
if [ -n "$tree" ] && (cd -- "$git" && [ -e "$tree/.git" ]); then
  settled=$(commit_of "$git" ${SETTLED})
  if (cd -- "$git" && is_changed "$tree"); then flags=\${flags}c; fi
  if busy; then flags=\${flags}b; fi
  answer elsewhere
fi
if [ -e "$git/index" ] && [ -n "$head" ] && ! in_it diff-index --cached --quiet HEAD --; then flags=\${flags}c; fi
if busy; then flags=\${flags}b; fi
answer kept
`;

/**
 * Arguments: LOOK_ONE, directory. Standard input: the five arguments of each submodule. Answer: the branch that the
 * workspace's own HEAD names or nothing, "filled" when submodules were checked out before or nothing, then six fields of
 * each submodule.
 */
export const LOOK = `
set -eu
one=$1 dir=$2
${CHECK_DIR}${ENVIRONMENT}
export top="$root/$dir"
[ -d "$top/.git" ]
printf '%s\\0' "$(git --git-dir="$top/.git" symbolic-ref -q HEAD || :)"
if [ -e "$top/.git/${FILLED}" ]; then printf 'filled\\0'; else printf '\\0'; fi
xargs -0 -r -n 5 sh -c "$one" sh
`;
