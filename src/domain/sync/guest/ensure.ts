// The constant scripts that look for a workspace and begin a new one. Pure.
import { FILLED } from "../../submodules/guest/common.ts";
import { CHECK_DIR, ENVIRONMENT, TIP_OF } from "./common.ts";
import { HALF } from "./half.ts";
import { RELATE } from "./relation.ts";
import { MARKER } from "./setup-marker.ts";

/**
 * Looks for a workspace; one whose deletion was interrupted comes back to its place. Arguments: directory, branch, the
 * repository's id, the host's commit or nothing, the last commit that both had or nothing, and "look" for one that is
 * called without the workspace's lock: then nothing comes back to its place.
 * Answer: "missing" with the name and the bytes of a pack that came by half, "occupied" and the other mark of a
 * repository, or "present", the branch's commit or nothing, then the references that the host keeps up to date and those
 * that git could mistake for one ("oid name"), "=facts", "=setup" when it has to be set up, "=unfilled" when it has
 * submodules that were never checked out, "=locked" when something writes in its index, what RELATE writes, "=done".
 */
export const ENSURE = `
set -eu
dir=$1 branch=$2 id=$3 tip=$4 synced=$5 how=\${6-}
${CHECK_DIR}${ENVIRONMENT}${TIP_OF}
at=$root/$dir leaving=$root/.agent-vm.leaving.$dir
if [ ! -e "$at" ] && [ ! -L "$at" ]; then
  if [ "$how" = look ] || [ ! -d "$leaving" ] || [ -L "$leaving" ]; then
    printf 'missing\\0'
    for half in "$root/${HALF}.$dir"/*; do
      if [ -f "$half" ]; then printf '%s\\0%s\\0' "\${half##*/}" "$(wc -c <"$half")"; break; fi
    done
    exit 0
  fi
  mv -T -- "$leaving" "$at"
fi
export GIT_DIR="$at/.git"
if [ -L "$at" ] || [ ! -d "$GIT_DIR" ]; then printf 'occupied\\0'; exit 0; fi
mark=$(git config --get agent-vm.repository || :)
if [ "$mark" != "$id" ]; then printf 'occupied\\0%s\\0' "$mark"; exit 0; fi
own=$(tip_of "$branch")
printf 'present\\0%s\\0' "$own"
git for-each-ref --format='%(objectname) %(refname)' refs/remotes/host refs/tags refs/heads/refs refs/remotes/refs refs/refs |
  tr '\\n' '\\0'
printf '=facts\\0'
if [ -e "$GIT_DIR/${MARKER}" ]; then printf '=setup\\0'; fi
if [ -e "$at/.gitmodules" ] && [ ! -e "$GIT_DIR/${FILLED}" ]; then printf '=unfilled\\0'; fi
if [ -e "$GIT_DIR/index.lock" ]; then printf '=locked\\0'; fi
${RELATE}
printf '=done\\0'
`;

/**
 * Begins a new workspace beside its place, so that a directory with the final name is always complete.
 * Needs $new, $branch, $format, $origin and $id.
 */
export const INIT = `
rm -rf -- "$new"
git init -q --object-format="$format" -- "$new"
git -C "$new" config receive.denyCurrentBranch updateInstead
git -C "$new" config receive.shallowUpdate true
git -C "$new" config agent-vm.repository "$id"
if [ -n "$origin" ]; then
  git -C "$new" config remote.origin.url "$origin"
  git -C "$new" config remote.origin.fetch '+refs/heads/*:refs/remotes/origin/*'
fi
git -C "$new" symbolic-ref HEAD "refs/heads/$branch"
`;
