// The constant scripts that make a new workspace: from what a sibling has, then from what the host sends. Pure.

import { WAITING } from "../../lfs/guest/objects.ts";
import { CHECK_DIR, ENVIRONMENT, TIP_OF } from "./common.ts";
import { INIT } from "./ensure.ts";
import { TAKE_PACK } from "./half.ts";
import { MARKER } from "./setup-marker.ts";

/**
 * The list of packs that together hold everything that is reachable from the commits and tags it names: "pack" with its
 * name, its file's SHA-1 and its index's, or "tip" and an object, one a line. Such packs get a .keep file, so that git
 * does not repack them.
 */
const RECORD = "agent-vm.shipped";

/** holds <file> <sum>: whether the file is whole. Not by the checksum at a pack's end: pipes are slow in a VM. */
export const HOLDS = `
sum_of() { sha1sum <"$1" | cut -d ' ' -f 1; }
holds() { [ "$(sum_of "$1")" = "$2" ]; }
`;

/**
 * Begins a new workspace and fills it with what another workspace of the same repository has. Arguments: directory,
 * branch, object format, origin's url or nothing, the repository's id, directories of siblings separated by "/" or
 * nothing. Standard input: the commits and tags the host would like to find. Answer: those that are there now, with all
 * they reach.
 *
 * The objects are copied, not linked or borrowed: nothing that happens to one workspace reaches another. Packs that
 * came from the host are copied as they are when their checksums are right; what they do not hold is packed anew, which
 * reads every object on the way. So a sibling that lacks one or has a damaged one is found out, and the next is tried.
 */
export const SEED = `
set -eu
dir=$1 branch=$2 format=$3 origin=$4 id=$5 siblings=$6
${CHECK_DIR}${ENVIRONMENT}${HOLDS}
new=$root/.agent-vm.new.$dir
${INIT}
wanted=$new/.git/agent-vm.wanted
tr '\\0' '\\n' >"$wanted"
export GIT_NO_LAZY_FETCH=1 GIT_NO_REPLACE_OBJECTS=1
packs=$new/.git/objects/pack tips=$new/.git/agent-vm.tips record=$new/.git/${RECORD}
in_from() { git --git-dir="$from" "$@"; }
copy() { # file's name, its sum
  [ -f "$from/objects/pack/$1" ] && [ ! -L "$from/objects/pack/$1" ] || return 1
  cp -- "$from/objects/pack/$1" "$packs/$1" && holds "$packs/$1" "$2"
}
copy_packs() { # what the sibling's record names
  while read -r kind name pack_sum idx_sum; do
    [ "$kind" = pack ] || continue
    case $name in '' | *[!0-9a-f]*) return 1 ;; esac
    copy "pack-$name.pack" "$pack_sum" && copy "pack-$name.idx" "$idx_sum" || return 1
    : >"$packs/pack-$name.keep"
    chmod 444 "$packs/pack-$name".*
  done <"$record"
}
while [ -n "$siblings" ]; do
  dir=\${siblings%%/*}
  case $siblings in */*) siblings=\${siblings#*/} ;; *) siblings= ;; esac
  ${CHECK_DIR}
  from=$root/$dir/.git
  [ ! -L "$root/$dir" ] && [ -d "$from" ] && [ ! -L "$from" ] && [ ! -e "$from/shallow" ] || continue
  [ "$(in_from config --get agent-vm.repository || :)" = "$id" ] || continue
  [ "$(in_from rev-parse --show-object-format || :)" = "$format" ] || continue
  in_from cat-file --batch-check='%(objectname) %(objecttype)' <"$wanted" |
    sed -n 's/ \\(commit\\|tag\\)$//p' >"$tips"
  [ -s "$tips" ] || continue
  mkdir -p -- "$packs"
  if [ ! -f "$from/${RECORD}" ] || ! cp -- "$from/${RECORD}" "$record" || ! copy_packs; then
    rm -rf -- "$packs"
    mkdir -- "$packs"
    : >"$record"
  fi
  more=$(sed 's/^/tip /' "$tips" | sort | comm -23 - "$record") || more=unknown
  if [ -z "$more" ]; then pack=
  elif ! pack=$({ cat -- "$tips" && sed -n 's/^tip /^/p' "$record"; } |
    in_from pack-objects -q --revs --non-empty --delta-base-offset --window=0 "$packs/pack"); then
    rm -rf -- "$packs" "$record"
    continue
  fi
  if [ -n "$pack" ]; then
    made=$packs/pack-$pack
    printf 'pack %s %s %s\\n' "$pack" "$(sum_of "$made.pack")" "$(sum_of "$made.idx")" >>"$record"
    : >"$made.keep"
  fi
  sed 's/^/tip /' "$tips" >>"$record"
  tr '\\n' '\\0' <"$tips"
  break
done
rm -f -- "$tips" "$wanted"
`;

/**
 * Completes a new workspace: references and objects come in, the files are checked out, and it gets its name.
 * Arguments: directory, branch, its commit, object format, origin's url or nothing, the repository's id, "new" to begin
 * it or "begun", the pack's name or nothing, the sizes in bytes of update-ref's commands, the pack and its index; the
 * SHA-1 of the last two; "setup" when it has to be set up before use; the sizes of the list of commits at which a short
 * history ends and of the patterns of a sparse checkout, and whether these are a cone; how many bytes of the pack are
 * there already and do not come. Standard input: the commands, the list, the patterns, the pack, the index.
 */
export const SHIP = `
set -eu
dir=$1 branch=$2 tip=$3 format=$4 origin=$5 id=$6 begin=$7 pack=$8 refs_size=$9
shift 9
pack_size=$1 idx_size=$2 pack_sum=$3 idx_sum=$4 setup=$5 ends_size=$6 sparse_size=$7 cone=$8 from=$9
${CHECK_DIR}${ENVIRONMENT}${TIP_OF}${HOLDS}${TAKE_PACK}
spot=$dir at=$root/$dir new=$root/.agent-vm.new.$dir
mkdir -p -- "$root"
if [ "$begin" = new ]; then
${INIT}
fi
cd -- "$new"
# Another command may have begun anew meanwhile; what is in that place then is none of ours.
ours() { [ . -ef "$new" ]; }
trap 'if ours; then rm -rf -- "$new"; fi' EXIT
export GIT_DIR="$PWD/.git" GIT_WORK_TREE="$PWD"
take() { # size, file
  head -c "$1" >"$2"
  [ "$(wc -c <"$2")" -eq "$1" ]
}
take "$refs_size" .git/agent-vm.refs
if [ "$ends_size" -gt 0 ]; then take "$ends_size" .git/shallow; fi
if [ "$sparse_size" -gt 0 ]; then
  git config core.sparseCheckout true
  git config core.sparseCheckoutCone "$cone"
  mkdir -p .git/info
  take "$sparse_size" .git/info/sparse-checkout
fi
if [ -n "$pack" ]; then
  mkdir -p .git/objects/pack
  name=.git/objects/pack/pack-$pack
  # The same one may have come with what was copied, and then it is read-only.
  rm -f -- "$name.pack" "$name.idx"
  take_pack
  take "$idx_size" "$name.idx"
  holds "$name.idx" "$idx_sum"
  exec 9>&-
  mv -f -- "$half/$pack" "$name.pack"
  rm -rf -- "$half"
  chmod 444 "$name.pack" "$name.idx"
  : >"$name.keep"
  # A pack of a short history is whole for nobody else.
  if [ ! -f .git/shallow ]; then printf 'pack %s %s %s\\n' "$pack" "$pack_sum" "$idx_sum" >>.git/${RECORD}; fi
fi
git update-ref -z --stdin <.git/agent-vm.refs
record=.git/${RECORD}
if [ -f "$record" ]; then git for-each-ref --format='tip %(objectname)' | sort -u -o "$record" -- - "$record"; fi
rm -f .git/agent-vm.refs
[ "$(tip_of "$branch")" = "$tip" ]
# Not before: what fails so far lets them wait for the next attempt.
large=$root/${WAITING}$dir
if [ -d "$large" ] && [ ! -L "$large" ]; then mv -T -- "$large" .git/lfs; else export GIT_LFS_SKIP_SMUDGE=1; fi
git -c checkout.workers=0 reset -q --hard "$tip" --
# git looks again into what is as new as its index, each time, as no look of ours writes that: not into large files.
if [ -n "$(find . -path ./.git -prune -o -type f -size +32M -print -quit)" ]; then sleep 1; touch -- .git/index; fi
if [ -n "$setup" ]; then : >.git/${MARKER}; fi
ours
mv -T -- "$new" "$at"
trap - EXIT
`;
