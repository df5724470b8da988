// The constant script that makes a workspace. Pure.
import { CHECK_DIR, ENVIRONMENT } from "./common.ts";

/**
 * Makes a workspace when there is none, then says what its branch points to.
 * Arguments: directory, branch, object format, origin's url or nothing, the repository's id.
 * Answer: created|present|occupied, the branch's commit or nothing.
 * It is built beside its place and renamed, so that a directory with the final name is always complete.
 */
export const ENSURE = `
set -eu
dir=$1 branch=$2 format=$3 origin=$4 id=$5
${CHECK_DIR}${ENVIRONMENT}
at=$root/$dir new=$root/.agent-vm.new.$dir
mkdir -p -- "$root"
state=present
if [ ! -e "$at" ] && [ ! -L "$at" ]; then
  rm -rf -- "$new"
  git init -q --object-format="$format" -- "$new"
  export GIT_DIR="$new/.git"
  git config receive.denyCurrentBranch updateInstead
  git config receive.shallowUpdate true
  git config agent-vm.repository "$id"
  if [ -n "$origin" ]; then
    git config remote.origin.url "$origin"
    git config remote.origin.fetch '+refs/heads/*:refs/remotes/origin/*'
  fi
  git symbolic-ref HEAD "refs/heads/$branch"
  mv -T -- "$new" "$at"
  state=created
fi
export GIT_DIR="$at/.git"
if [ -L "$at" ] || [ ! -d "$GIT_DIR" ] || [ "$(git config --get agent-vm.repository || :)" != "$id" ]; then
  printf 'occupied\\0\\0'
  exit 0
fi
printf '%s\\0%s\\0' "$state" "$(git rev-parse -q --verify "refs/heads/$branch^{commit}" || :)"
`;
