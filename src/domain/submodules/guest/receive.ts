// The constant script that takes a push into a submodule's git directory of a workspace. Pure.
import { CHECK_DIR, ENVIRONMENT } from "../../sync/guest/common.ts";
import { LINKED } from "./common.ts";

/** begin_module: makes the repository $git_dir of a submodule of the workspace $top when it is not there. */
export const BEGIN_MODULE = `
begin_module() {
  [ ! -e "$git_dir/HEAD" ] || return 0
  format=$(git --git-dir="$top/.git" rev-parse --show-object-format)
  # Several come at once, and one may lie inside of another.
  mkdir -p -- "$git_dir"
  git init -q --bare --object-format="$format" -- "$git_dir"
}
`;

/**
 * Runs in place of `git receive-pack`. Argument: the url's path, "~/workspace/<dir>/.git/modules/…". The repository is
 * begun when it is not there, so that a push alone is one round trip; settle.ts does the rest.
 */
export const RECEIVE = `
set -eu
${ENVIRONMENT}
case $1 in "~/workspace/"*) rest=\${1#"~/workspace/"} ;; *) exit 64 ;; esac
dir=\${rest%%/*} rest=\${rest#*/}
${CHECK_DIR}${LINKED}${BEGIN_MODULE}
case $rest in .git/modules/*) ;; *) exit 64 ;; esac
top=$root/$dir git_dir=$root/$dir/$rest
if [ -L "$top" ] || linked "$rest"; then exit 64; fi
begin_module
# A work tree that is gone would end it, and nothing here is about its files.
if git config --file "$git_dir/config" core.worktree >/dev/null; then export GIT_WORK_TREE="$git_dir"; fi
exec git -c receive.denyCurrentBranch=refuse -c receive.shallowUpdate=true receive-pack "$git_dir"
`;
