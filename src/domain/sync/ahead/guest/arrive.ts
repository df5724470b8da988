// The constant scripts that take a pack for a workspace that is there, before the push that needs it. Pure.
import { CHECK_DIR, ENVIRONMENT } from "../../guest/common.ts";
import { HOLDS } from "../../guest/create.ts";
import { HALF, TAKE_PACK } from "../../guest/half.ts";

/** References to commits that have arrived, each by its id: the push tells by them what need not be sent. */
export const ARRIVING = "refs/agent-vm/arriving/";

/**
 * Argument: the directory. Answer: the name and the bytes of a pack that came by half, or two empty words; then the
 * commits that arrived and were not pushed.
 */
export const LOOK_AHEAD = `
set -eu
dir=$1
${CHECK_DIR}${ENVIRONMENT}
found='\\0\\0'
for half in "$root/${HALF}.$dir"/*; do
  if [ -f "$half" ] && [ ! -L "$half" ]; then
    printf '%s\\0%s\\0' "\${half##*/}" "$(wc -c <"$half")"
    found=
    break
  fi
done
printf "$found"
git --git-dir="$root/$dir/.git" for-each-ref --format='%(objectname) %(refname)' ${ARRIVING} | tr '\\n' '\\0'
`;

/**
 * Arguments: the directory, the pack's name, the sizes in bytes of update-ref's commands, of the pack and of its index,
 * the SHA-1 of the last two, how many bytes of the pack are there already and do not come; the mark of the attempt when
 * it is for a workspace that a restore builds (see PLACES). Standard input: the commands, the pack, the index.
 */
export const ARRIVE = `
set -eu
dir=$1 pack=$2 refs_size=$3 pack_size=$4 idx_size=$5 pack_sum=$6 idx_sum=$7 from=$8 mark=$9
${CHECK_DIR}${ENVIRONMENT}${HOLDS}${TAKE_PACK}
case $mark in *[!0-9a-f]*) exit 64 ;; esac
at=$root/\${mark:+.agent-vm.new.-$mark-}$dir
git_dir=$at/.git
[ ! -L "$at" ] && [ -d "$git_dir/objects" ] && [ ! -L "$git_dir" ] || exit 65
commands=$(head -c "$refs_size")
take_pack
head -c "$idx_size" >"$half/index"
holds "$half/index" "$idx_sum"
exec 9>&-
name=$git_dir/objects/pack/pack-$pack
mkdir -p -- "$git_dir/objects/pack"
chmod 444 "$half/$pack" "$half/index"
# git looks for the index, and then the pack must be there.
mv -f -- "$half/$pack" "$name.pack"
mv -f -- "$half/index" "$name.idx"
rm -rf -- "$half"
printf '%s\\n' "$commands" | git --git-dir="$git_dir" update-ref --stdin
`;
