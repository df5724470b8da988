// The constant script that gives a pack of what the host lacks, from where an earlier transfer broke off. Pure.
import { CHECK_DIR, ENVIRONMENT } from "../../guest/common.ts";
import { GIVEN, SWEEP } from "../../guest/half.ts";

/** git's own transfer is the better way: the disk has no room for a pack, or the history is short. */
const NOT_GIVEN = 66;

/**
 * Arguments: the workspace's directory; "own" or "save" (the scratch repository of a save); the name of a pack that the
 * host has begun, or nothing, and how many bytes of it; the size in bytes of the list that follows, and the KiB that must
 * be free to make a pack. Standard input: a list of the ids that are wanted and, behind "^", of those that the host has,
 * one a line; at the end of it all a line "got". Answer: a line "name size from", the pack's bytes from there on.
 *
 * The pack is a file of its own: whatever becomes of the workspace meanwhile, its bytes stay the same. It goes with "got",
 * or after a day.
 */
export const GIVE = `
set -eu
dir=$1 place=$2 held=$3 from=$4 list_size=$5 room=$6
${CHECK_DIR}${ENVIRONMENT}
export GIT_NO_LAZY_FETCH=1 GIT_NO_REPLACE_OBJECTS=1
case $place in own) at=$root/$dir git_dir=$at/.git ;; save) at=$root/.agent-vm.save.$dir git_dir=$at ;; *) exit 64 ;; esac
[ ! -L "$at" ] && [ -d "$git_dir/objects" ] && [ ! -L "$git_dir" ] || exit 65
# A short history has ends that a pack says nothing of.
[ ! -e "$git_dir/shallow" ] || exit ${NOT_GIVEN}
in_it() { git --git-dir="$git_dir" "$@"; }
given=$root/${GIVEN}.$dir
${SWEEP}
find "$given" -mindepth 1 ! -name "$held" -delete 2>/dev/null || :
mkdir -p -- "$given"
making=$given/making.$$
trap 'rm -f -- "$making" "$making.list" "$making.has"; rmdir -- "$given" 2>/dev/null || :' EXIT
head -c "$list_size" >"$making.list"
size=0
if [ -n "$held" ] && [ -f "$given/$held" ] && [ ! -L "$given/$held" ]; then size=$(wc -c <"$given/$held"); fi
pack=$held
if [ "$size" = 0 ] || [ "$size" -lt "$from" ]; then
  from=0
  if [ -n "$held" ]; then rm -rf -- "$given/$held"; fi
  free=$(df -Pk -- "$given" | awk 'END { print $4 }')
  [ "$free" -gt "$room" ] || exit ${NOT_GIVEN}
  sed -n 's/^^//p' <"$making.list" | in_it cat-file --batch-check='%(objectname) %(objecttype)' |
    sed -n 's/^\\([0-9a-f]*\\) \\(commit\\|tag\\)$/^\\1/p' >"$making.has"
  { sed '/^^/d' <"$making.list"; cat -- "$making.has"; } | in_it -c core.bigFileThreshold=32m \\
    pack-objects --revs --thin --stdout --delta-base-offset --progress >"$making"
  pack=$(tail -c 20 -- "$making" | od -An -v -tx1 | tr -d ' \\n')
  size=$(wc -c <"$making")
  mv -f -- "$making" "$given/$pack"
fi
printf '%s %s %s\\n' "$pack" "$size" "$from"
tail -c "+$((from + 1))" -- "$given/$pack"
if read -r word && [ "$word" = got ]; then rm -rf -- "$given"; fi
`;
