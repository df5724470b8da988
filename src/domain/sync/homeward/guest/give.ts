// The constant script that gives a pack of what the host lacks, from where an earlier transfer broke off. Pure.
import { CHECK_DIR, ENVIRONMENT } from "../../guest/common.ts";
import { GIVEN, SWEEP } from "../../guest/half.ts";
import { AT_PLACE } from "../../guest/place.ts";

/** git's own transfer is the better way: it is little, the disk has no room for a pack, or the history ends elsewhere. */
const NOT_GIVEN = 66;

/**
 * Arguments: the workspace's directory; which of its repositories (see Place); the name of a pack that the
 * host has begun, or nothing, and how many bytes of it; the size in bytes of the list that follows, the KiB that must
 * be free to make a pack, and the bytes that it must have to be worth it. Standard input: a list of "--shallow" and the
 * ids of commits at which the host's history ends, of the ids that are wanted and, behind "^", of those that the host
 * has, one a line; at the end of it all a line "got". Answer: a line "name size from", the pack's bytes from there on.
 *
 * The pack is a file of its own: whatever becomes of the workspace meanwhile, its bytes stay the same. It goes with "got",
 * or after a day.
 *
 * Of a short history the host has, of what it names, no more than up to its own ends, and so much the pack is for. Where
 * the history here ends before, the host would take an end for its own that is none: git decides about that.
 */
export const GIVE = `
set -eu
dir=$1 which=$2 held=$3 from=$4 list_size=$5 room=$6 least=$7 mark=
${CHECK_DIR}${ENVIRONMENT}${AT_PLACE}
export GIT_NO_LAZY_FETCH=1 GIT_NO_REPLACE_OBJECTS=1
[ -d "$git_dir/objects" ] || exit 65
given=$root/${GIVEN}.$spot
${SWEEP}
find "$given" -mindepth 1 ! -name "$held" -delete 2>/dev/null || :
mkdir -p -- "$given"
making=$given/making.$$
trap 'rm -f -- "$making" "$making.list" "$making.revs" "$making.ends"; rmdir -- "$given" 2>/dev/null || :' EXIT
head -c "$list_size" >"$making.list"
size=0
if [ -n "$held" ] && [ -f "$given/$held" ] && [ ! -L "$given/$held" ]; then size=$(wc -c <"$given/$held"); fi
pack=$held
if [ "$size" = 0 ] || [ "$size" -lt "$from" ]; then
  from=0
  if [ -n "$held" ]; then rm -rf -- "$given/$held"; fi
  free=$(df -Pk -- "$given" | awk 'END { print $4 }')
  [ "$free" -gt "$room" ] || exit ${NOT_GIVEN}
  sed '/^[-^]/d' <"$making.list" >"$making.revs"
  sed -n 's/^^//p' <"$making.list" | in_it cat-file --batch-check='%(objectname) %(objecttype)' |
    sed -n 's/^\\([0-9a-f]*\\) \\(commit\\|tag\\)$/^\\1/p' >>"$making.revs"
  sed -n 's/^--shallow //p' <"$making.list" >"$making.ends"
  if [ -e "$git_dir/shallow" ] && in_it rev-list --max-parents=0 --stdin <"$making.revs" |
    grep -xF -f "$git_dir/shallow" | grep -qvxF -f "$making.ends"; then exit ${NOT_GIVEN}; fi
  short=
  if [ -s "$making.ends" ]; then short=--shallow; fi
  { sed 's/^/--shallow /' <"$making.ends"; cat -- "$making.revs"; } | in_it -c core.bigFileThreshold=32m \\
    pack-objects --revs --thin $short --stdout --delta-base-offset --progress >"$making"
  size=$(wc -c <"$making")
  [ "$size" -ge "$least" ] || exit ${NOT_GIVEN}
  pack=$(tail -c 20 -- "$making" | od -An -v -tx1 | tr -d ' \\n')
  mv -f -- "$making" "$given/$pack"
fi
printf '%s %s %s\\n' "$pack" "$size" "$from"
tail -c "+$((from + 1))" -- "$given/$pack"
if read -r word && [ "$word" = got ]; then rm -rf -- "$given"; fi
`;
