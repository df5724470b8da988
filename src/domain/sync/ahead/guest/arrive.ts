// The constant scripts that take a pack for a workspace that is there, before the push that needs it. Pure.
import { BEGIN_MODULE } from "../../../submodules/guest/receive.ts";
import { CHECK_DIR, ENVIRONMENT } from "../../guest/common.ts";
import { HOLDS } from "../../guest/create.ts";
import { HALF, TAKE_PACK } from "../../guest/half.ts";
import { AT_PLACE } from "../../guest/place.ts";

/** References to commits that have arrived, each by its id: the push tells by them what need not be sent. */
export const ARRIVING = "refs/agent-vm/arriving/";

/**
 * Arguments: the directory, which of its repositories (see Place). Answer: the name and the bytes of a pack that came by
 * half, or two empty words; then lines "shallow" with a commit at which the history there ends, and an id and the name of
 * a reference: of the commits that arrived and were not pushed, and of a submodule all that it has.
 */
export const LOOK_AHEAD = `
set -eu
dir=$1 which=$2 mark=
${CHECK_DIR}${ENVIRONMENT}${AT_PLACE}
found='\\0\\0'
for half in "$root/${HALF}.$spot"/*; do
  if [ -f "$half" ] && [ ! -L "$half" ]; then
    printf '%s\\0%s\\0' "\${half##*/}" "$(wc -c <"$half")"
    found=
    break
  fi
done
printf "$found"
[ -d "$git_dir/objects" ] || exit 0
if [ -f "$git_dir/shallow" ]; then sed 's/^/shallow /' <"$git_dir/shallow" | tr '\\n' '\\0'; fi
case $which in own) only=${ARRIVING} ;; *) only=refs/ ;; esac
in_it for-each-ref --format='%(objectname) %(refname)' "$only" | tr '\\n' '\\0'
`;

/** What has arrived does not reach all that it needs: the push brings it. */
export const LACKING = 66;

/**
 * Arguments: the directory, which of its repositories (see Place), the pack's name, the sizes in bytes of update-ref's
 * commands, of the list of commits at which the host's history ends, of the pack and of its index, the SHA-1 of the last
 * two, how many bytes of the pack are there already and do not come; the mark of the attempt when it is for a workspace
 * that a restore builds. Standard input: the commands, the list, the pack, the index. A submodule's repository that is
 * not there is begun.
 *
 * An end of the host's history is one here when it comes with the pack: its parents do not. It is noted before, so that
 * no moment shows a history with a hole.
 */
export const ARRIVE = `
set -eu
dir=$1 which=$2 pack=$3 refs_size=$4 ends_size=$5 pack_size=$6 idx_size=$7 pack_sum=$8 idx_sum=$9
shift 9
from=$1 mark=$2
${CHECK_DIR}${ENVIRONMENT}${AT_PLACE}${HOLDS}${TAKE_PACK}
${BEGIN_MODULE}
case $which in .git/modules/*) begin_module ;; esac
[ -d "$git_dir/objects" ] || exit 65
commands=$(head -c "$refs_size")
ends=$(head -c "$ends_size")
take_pack
head -c "$idx_size" >"$half/index"
holds "$half/index" "$idx_sum"
exec 9>&-
fresh=
if [ -n "$ends" ]; then fresh=$(printf '%s\\n' "$ends" | in_it cat-file --batch-check | sed -n 's/ missing$//p'); fi
if [ -n "$fresh" ]; then
  lock=$git_dir/shallow.lock
  (set -C; : >"$lock")
  { cat -- "$git_dir/shallow" 2>/dev/null || :; printf '%s\\n' "$fresh"; } | sort -u >"$lock"
  mv -f -- "$lock" "$git_dir/shallow"
fi
name=$git_dir/objects/pack/pack-$pack
mkdir -p -- "$git_dir/objects/pack"
chmod 444 "$half/$pack" "$half/index"
# git looks for the index, and then the pack must be there.
mv -f -- "$half/$pack" "$name.pack"
mv -f -- "$half/index" "$name.idx"
rm -rf -- "$half"
if [ -e "$git_dir/shallow" ]; then
  tips=$(printf '%s\\n' "$commands" | cut -d ' ' -f 3)
  in_it rev-list --objects --quiet $tips --not --all -- || exit ${LACKING}
fi
printf '%s\\n' "$commands" | in_it update-ref --stdin
`;
