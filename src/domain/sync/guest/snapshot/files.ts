// The part of SNAPSHOT that keeps every file as it lies on the disk. Pure.
import { LIST } from "../../../carry/guest/carry.ts";

/**
 * Needs $index and store_files. Leaves in $tmp lists of paths: "submodules", "untracked", "ignored", these two together as
 * "apart", and "refused". Says in $regenerable how many ignored files can be made again.
 */
export const FILES = `
# Then every file as it lies there. Each is read again: by the times that git noted it could not tell where it converts
# (a filter may have put the content somewhere else, line ends count as equal), or did until an attribute changed.
# A walk that fails must not pass for one that found less.
find . -ignore_readdir_race -path ./.git -prune -o \\( -type f -o -type l \\) -printf '%P\\0' \\
  -type f ! -perm /077 -fprintf "$tmp/closed" '%P\\0' >"$tmp/walk"
sort -z <"$tmp/walk" >"$tmp/found"
git ls-files -s -z >"$tmp/staged"
sed -z 's/^[^\\t]*\\t//' <"$tmp/staged" | sort -z >"$tmp/tracked"
sed -zn '/^160000/s/^[^\\t]*\\t//p' <"$tmp/staged" | sort -z >"$tmp/submodules"
# What the agent told git not to look at may be left out on purpose (a sparse checkout).
git ls-files -v -z | sed -zn 's/^[a-zS] //p' | sort -z >"$tmp/unwatched"
# The patterns of a sparse checkout, and what they leave out.
if [ "$mode" = all ] && [ -f "$own/info/sparse-checkout" ] && [ ! -L "$own/info/sparse-checkout" ] &&
  [ "$(in_own config --type=bool --get core.sparseCheckout || :)" = true ]; then
  git ls-files -v -z | sed -zn 's/^[sS] //p' | sort -z | comm -z -23 - "$tmp/found" >"$tmp/absent"
  in_own config --type=bool --get core.sparseCheckoutCone >"$tmp/cone" || echo false >"$tmp/cone"
  for name in absent cone; do printf '100644 blob %s\\t%s\\n' "$(git hash-object -w --no-filters -- "$tmp/$name")" "$name"; done >"$tmp/sparse"
  printf '100644 blob %s\\tpatterns\\n' "$(git hash-object -w --no-filters -- "$own/info/sparse-checkout")" >>"$tmp/sparse"
  keep own/sparse "$(git_commit 'agent-vm: a sparse checkout' "$(git mktree <"$tmp/sparse")")"
fi
comm -z -23 "$tmp/tracked" "$tmp/found" | comm -z -23 - "$tmp/unwatched" | comm -z -23 - "$tmp/submodules" >"$tmp/gone"
sed -z 's/^[^\\t]*\\t//' <"$tmp/unmerged" | sort -zu - "$tmp/tracked" | comm -z -12 - "$tmp/found" >"$tmp/present"
git ls-files -z --others --exclude-standard >"$tmp/untracked"
: >"$tmp/ignored"
regenerable=0
if [ "$mode" = all ]; then
  git ls-files -z --others --ignored --exclude-standard >"$tmp/all-ignored"
  these -zavE -e "$skip" <"$tmp/all-ignored" >"$tmp/ignored"
  # Nothing makes a carried file again that was changed here.
  if [ -f "$own/${LIST}" ] && [ ! -L "$own/${LIST}" ]; then
    these -zaE -e "$skip" <"$tmp/all-ignored" | sort -z >"$tmp/skipped"
    sort -z <"$own/${LIST}" | comm -z -12 - "$tmp/skipped" >>"$tmp/ignored"
  fi
  regenerable=$(($(tr -cd '\\0' <"$tmp/all-ignored" | wc -c) - $(tr -cd '\\0' <"$tmp/ignored" | wc -c)))
fi
cat "$tmp/untracked" "$tmp/ignored" >"$tmp/apart"
these -zav '/$' <"$tmp/apart" >"$tmp/plain"
: >"$tmp/bare"
if [ "$mode" = all ]; then bare_inside <"$tmp/plain" >"$tmp/bare"; fi
not_below "$tmp/bare" <"$tmp/plain" >"$tmp/files"
store_files
keep own/tree "$(git_commit 'agent-vm: every file as it was' "$(GIT_INDEX_FILE="$repo/files" git write-tree)" "$index")"
keep_large
# git knows no mode that keeps others out, which the owner of a key depends on.
sort -z -o "$tmp/closed" "$tmp/closed"
sort -z <"$tmp/files" | comm -z -12 - "$tmp/closed" >"$tmp/private"
if [ -s "$tmp/private" ]; then
  paths=$(git hash-object -w --no-filters -- "$tmp/private")
  keep own/private "$(git_commit 'agent-vm: files for their owner alone' "$(printf '100644 blob %s\\tpaths\\n' "$paths" | git mktree)")"
fi
`;
