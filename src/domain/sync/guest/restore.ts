// The constant scripts that make a workspace again from a save. Pure.
// Each attempt has a directory of its own beside the workspaces, so that one which was cut off and still runs in the
// guest can neither disturb the next one nor be put in place by it.

import { LARGE_APART, PUT_LARGE } from "../../lfs/guest/put.ts";
import { ADOPT } from "../../submodules/guest/adopt.ts";
import { ARRIVING } from "../ahead/guest/arrive.ts";
import { CHECK_DIR, ENVIRONMENT } from "./common.ts";

/** `$at` the workspace's place, `$new` where this attempt builds. A workspace's name never begins with "-". */
const PLACES = `
dir=$1 mark=$2
${CHECK_DIR}${ENVIRONMENT}
case $mark in *[!0-9a-f]* | ????????????????* | '') exit 64 ;; esac
at=$root/$dir new=$root/.agent-vm.new.-$mark-$dir
`;

/** Deletes what earlier attempts left: renamed first, so that nobody puts a half-deleted one in place. */
const DROP_OLD = `
for old in "$root"/.agent-vm.new.-????????-"$dir"; do
  if [ ! -d "$old" ] || [ -L "$old" ]; then continue; fi
  gone=$root/.agent-vm.trash.$dir.$$
  mv -T -- "$old" "$gone"
  rm -rf -- "$gone" 2>/dev/null || { chmod -R u+rwX -- "$gone"; rm -rf -- "$gone"; }
done
`;

/**
 * Begins an attempt. Arguments: directory, mark, object format, origin's url or nothing, the repository's id.
 * Answer: ready | present (a workspace is there) | back (one that was on its way out was put back).
 */
export const RESTORE_BEGIN = `
set -eu
${PLACES}
format=$3 origin=$4 id=$5
mkdir -p -- "$root"
state=present leaving=$root/.agent-vm.leaving.$dir
if [ ! -e "$at" ] && [ ! -L "$at" ] && [ -d "$leaving" ]; then
  mv -T -- "$leaving" "$at"
  state=back
fi
if [ -e "$at" ] || [ -L "$at" ]; then printf '%s\\0' "$state"; exit 0; fi
${DROP_OLD}
git init -q --object-format="$format" -- "$new"
export GIT_DIR="$new/.git"
git config receive.denyCurrentBranch updateInstead
git config receive.shallowUpdate true
git config agent-vm.repository "$id"
if [ -n "$origin" ]; then
  git config remote.origin.url "$origin"
  git config remote.origin.fetch '+refs/heads/*:refs/remotes/origin/*'
fi
printf 'ready\\0'
`;

/** Ends an attempt that failed. Arguments: directory, mark. */
export const RESTORE_UNDO = `
set -eu
${PLACES}
${DROP_OLD}
`;

/**
 * Takes the objects out of a bundle. Arguments: directory, mark. Standard input: the bundle, whose references are
 * named refs/save/… as SNAPSHOT made them.
 */
export const RESTORE_BUNDLE = `
set -eu
${PLACES}
export GIT_DIR="$new/.git"
trap 'rm -f -- "$new/.git/agent-vm.bundle"' EXIT
cat >"$new/.git/agent-vm.bundle"
git -c fetch.fsckObjects=false -c transfer.fsckObjects=false fetch -q --no-tags --no-write-fetch-head --refmap= \\
  "$new/.git/agent-vm.bundle" '+refs/save/*:refs/agent-vm/restore/*'
`;

/**
 * Unpacks a tar: names relative to the workspace there, absolute ones (linked worktrees that lay elsewhere) apart, for
 * RESTORE_PLACE. Arguments: directory, mark. Standard input: the tar.
 */
export const RESTORE_TAR = `
set -eu
${PLACES}
pack=$new/.git/agent-vm.tar apart=$new/.git/agent-vm.elsewhere
trap 'rm -f -- "$pack"' EXIT
cat >"$pack"
tar -x -f "$pack" --no-same-owner -p -C "$new" --anchored --exclude='/*'
if tar -t -P -f "$pack" --quoting-style=literal | grep -q '^/'; then
  mkdir -p -- "$apart"
  tar -x -f "$pack" --no-same-owner -p -C "$apart" --anchored --wildcards '/*' 2>/dev/null
fi
`;

/** What of a workspace's git directory describes an operation in progress: the names that SNAPSHOT keeps. */
const OPERATION =
  "^((MERGE|CHERRY_PICK|REVERT|REBASE|ORIG)_HEAD|MERGE_(MSG|MODE|RR|AUTOSTASH)|BISECT_[A-Z_]+|(rebase-merge|rebase-apply|sequencer)/.*)$";

/**
 * Makes references, index and files from what lies in refs/agent-vm/restore/. Arguments: directory, mark, the save's
 * id, the reference that HEAD named or nothing. Standard input: oid and message of each stash, the oldest first.
 *
 * Each file is written as it was on the disk, past the agent's filters; git takes those that are as the index has them
 * for unchanged, without a look.
 * The index is made from its tree and the sides of an unfinished merge; a file of the index as it was would depend on
 * others (a shared index) and on the old files' times. Answer: built.
 */
export const RESTORE_BUILD = `
set -eu
${PLACES}
id=$3 on=$4
base=refs/agent-vm/restore
export GIT_DIR="$new/.git" GIT_WORK_TREE="$new" GIT_NO_REPLACE_OBJECTS=1
export GIT_AUTHOR_NAME=agent-vm GIT_AUTHOR_EMAIL=agent-vm@localhost
export GIT_COMMITTER_NAME=agent-vm GIT_COMMITTER_EMAIL=agent-vm@localhost
tmp=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d)
trap 'rm -rf -- "$tmp"' EXIT
cat >"$tmp/stashes"
cd -- "$new"
find_own() { git rev-parse -q --verify "$base/own/$1^{commit}" || :; }
head=$(find_own head) index=$(find_own index) tree=$(find_own tree)
stages=$(find_own stages) operation=$(find_own state) earlier=$(find_own earlier) sparse=$(find_own sparse)
[ -n "$index" ] && [ -n "$tree" ] || exit 65

# HEAD before the branches, so that it follows none of them.
if [ -n "$on" ]; then git symbolic-ref HEAD "$on"
elif [ -n "$head" ]; then git update-ref --no-deref HEAD "$head"
fi
git for-each-ref --format='create %(refname:lstrip=3) %(objectname)' "$base/refs/" >"$tmp/refs"
sed -i -e '/^create refs\\/stash /d' -e '/^create refs\\/agent-vm\\/restore\\//d' "$tmp/refs"
git update-ref --stdin <"$tmp/refs"
if [ -n "$earlier" ]; then git update-ref "refs/agent-vm/earlier/$id" "$earlier"; fi
xargs -0 -r -n 2 sh -c '
  GIT_COMMITTER_DATE="@$(git show -s --format=%ct "$1") +0000" || exit 255
  export GIT_COMMITTER_DATE
  if [ -n "$2" ]; then git update-ref --create-reflog -m "$2" refs/stash "$1"
  else git update-ref --create-reflog refs/stash "$1"
  fi || exit 255
' sh <"$tmp/stashes"

# A repository of our own whose attributes switch every conversion off.
(
  format=$(git rev-parse --show-object-format)
  unset GIT_DIR GIT_WORK_TREE
  git init -q --bare --template= --object-format="$format" "$tmp/raw.git"
)
mkdir -p "$tmp/raw.git/info" "$tmp/raw.git/objects/info"
printf '%s\\n' "$new/.git/objects" >"$tmp/raw.git/objects/info/alternates"
printf '* -text -eol -filter -ident -working-tree-encoding\\n' >"$tmp/raw.git/info/attributes"
# Names that some file systems could not hold were fit for this one.
loose='-c core.protectNTFS=false -c core.protectHFS=false'
as_they_were() { # work tree, index, command
  ( export GIT_DIR="$tmp/raw.git" GIT_WORK_TREE="$1" GIT_INDEX_FILE="$2"
    export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
    cd -- "$1"
    shift 2
    git $loose "$@" )
}
as_they_were "$new" "$new/.git/index" read-tree "$index^{tree}"
as_they_were "$new" "$tmp/tree" read-tree "$tree^{tree}"
git ls-tree -r -z --name-only "$index^{tree}" >"$tmp/tracked"
git diff-tree -r -z --no-renames --name-only "$index^{tree}" "$tree^{tree}" >"$tmp/differing"
git diff-tree -r -z --no-renames --name-only --diff-filter=d "$index^{tree}" "$tree^{tree}" >"$tmp/other"
sort -z -o "$tmp/tracked" "$tmp/tracked"
sort -z -o "$tmp/differing" "$tmp/differing"
${LARGE_APART}: >"$tmp/absent"
if [ -n "$sparse" ]; then
  mkdir -p -- "$new/.git/info"
  git cat-file blob "$sparse:patterns" >"$new/.git/info/sparse-checkout"
  git config core.sparseCheckout true
  git config core.sparseCheckoutCone "$(git cat-file blob "$sparse:cone")"
  git cat-file blob "$sparse:absent" | sort -z >"$tmp/absent"
fi
comm -z -23 "$tmp/tracked" "$tmp/differing" >"$tmp/same"
comm -z -12 "$tmp/same" "$tmp/absent" | git $loose update-index --skip-worktree -z --stdin
comm -z -23 "$tmp/same" "$tmp/absent" |
  as_they_were "$new" "$new/.git/index" checkout-index -q -u -f -z --stdin
as_they_were "$new" "$tmp/tree" checkout-index -q -f -z --stdin <"$tmp/other"
${PUT_LARGE}private=$(find_own private)
if [ -n "$private" ]; then
  git cat-file blob "$private:paths" | xargs -0 -r sh -c '
    for path do if [ -f "./$path" ] && [ ! -L "./$path" ]; then chmod go= "./$path"; fi; done' sh
fi
if [ -n "$stages" ]; then
  git ls-tree -r -z "$stages" >"$tmp/stages"
  sed -z 's/^\\([0-7]*\\) [a-z]* \\([0-9a-f]*\\)\\t\\([123]\\)\\//\\1 \\2 \\3\\t/' <"$tmp/stages" |
    git $loose update-index -z --index-info
fi
if [ -n "$operation" ]; then
  git ls-tree -r -z --name-only "$operation" >"$tmp/state"
  as_they_were "$new/.git" "$tmp/state-index" read-tree "$operation^{tree}"
  { grep -zE '${OPERATION}' || :; } <"$tmp/state" |
    as_they_were "$new/.git" "$tmp/state-index" checkout-index -q -f -z --stdin
fi
git for-each-ref --format='delete %(refname)' "$base/" ${ARRIVING} >"$tmp/done"
git update-ref --stdin <"$tmp/done"
printf 'built\\0'
`;

/**
 * Puts a finished attempt in place, and linked worktrees where they lay, unless something is there: then beside, in
 * ~/agent-vm.restored.<id>. Arguments: directory, mark, the save's id. Answer: placed | present.
 */
export const RESTORE_PLACE = `
set -eu
${PLACES}
id=$3
if [ -e "$at" ] || [ -L "$at" ]; then printf 'present\\0'; exit 0; fi
${ADOPT}mv -T -- "$new" "$at"
apart=$at/.git/agent-vm.elsewhere
if [ -d "$apart" ]; then
  git --git-dir="$at/.git" worktree list --porcelain -z | sed -zn 's/^worktree //p' |
    xargs -0 -r sh -c '
      apart=$1
      shift
      for path do
        [ -d "$apart$path" ] || continue
        if [ -e "$path" ] || [ -L "$path" ]; then continue; fi
        mkdir -p -- "\${path%/*}" && mv -T -- "$apart$path" "$path"
      done
    ' sh "$apart" || :
  if [ -n "$(find "$apart" ! -type d -print -quit)" ]; then mv -T -- "$apart" "$HOME/agent-vm.restored.$id" || :
  else rm -rf -- "$apart"
  fi
fi
if [ -d "$at/.git/worktrees" ]; then git --git-dir="$at/.git" worktree repair >/dev/null 2>&1 || :; fi
# From now on the save may be dropped: a VM that is ended hard must not take the work with it.
sync -f -- "$at"
printf 'placed\\0'
`;
