// The part of SNAPSHOT that finds what git cannot hold, and tells of it. Pure.
import { STORED } from "../../../lfs/guest/held.ts";

/** Needs what FILES leaves; the paths are in "opaque" in $tmp, too. */
export const APART = `
# What git cannot hold: repositories inside, submodules that hold anything, linked worktrees.
: >"$tmp/opaque"
if [ "$mode" = all ]; then
  these -za '/$' <"$tmp/apart" >"$tmp/opaque"
  cat "$tmp/refused" "$tmp/bare" >>"$tmp/opaque"
  xargs -0 -r sh -c '
    for path do
      if [ -L "$path" ] || [ ! -d "$path" ]; then continue; fi
      if [ -n "$(find "./$path" -mindepth 1 -print -quit)" ]; then printf "%s/\\0" "$path"; fi
    done' sh <"$tmp/submodules" >>"$tmp/opaque"
  # git walks past the .git of a directory in which it tracks files, and of one that it takes for damaged.
  repositories_inside "$skip" |
    xargs -0 -r sh -c '
      list=$1
      shift
      for path do
        above=$path
        while case $above in */*) ;; *) false ;; esac; do
          above=\${above%/*}
          if grep -zaqxF -e "$above/" -- "$list"; then continue 2; fi
        done
        printf "%s\\0" "$path"
      done' sh "$tmp/opaque" >"$tmp/inside"
  cat "$tmp/inside" >>"$tmp/opaque"
  git_of=$own
  { ${STORED}  } >"$tmp/stored"
  sed -z 's/^/=stored\\x00/' <"$tmp/stored"
  sed -z 's/$/\\//' <"$tmp/submodules" >"$tmp/modules"
  unseen_files "$tmp/found" "$tmp/tracked" "$tmp/untracked" "$tmp/all-ignored" "$tmp/modules" |
    sort -z | comm -z -23 - "$tmp/present" >"$tmp/unseen"
  refuse_too_long <"$tmp/unseen"
  cat -- "$tmp/unseen" >>"$tmp/opaque"
  stores_beside "$own" >>"$tmp/opaque"
  if [ -d "$own/modules" ]; then printf '.git/modules/\\0' >>"$tmp/opaque"; fi
  in_own worktree list --porcelain -z | sed -zn 's/^worktree //p' | sed -z 1d |
    xargs -0 -r sh -c 'at=$1
      shift
      # One inside is among the paths above; a tar with it twice could not be unpacked apart.
      for path do
        case $path in "$at"/*) continue ;; esac
        [ ! -d "$path" ] || printf "%s\\0" "$path"
      done' sh "$at" >>"$tmp/opaque"
  if [ -d "$own/worktrees" ]; then printf '.git/worktrees/\\0' >>"$tmp/opaque"; fi
fi
sed -z 's/^/=opaque\\x00/' <"$tmp/opaque"
if [ "$mode" != all ]; then
  { grep -za '/$' "$tmp/untracked" || :; cat "$tmp/refused"; } | sed -z 's/^/=left\\x00/'
  # Commits of submodules come by themselves, but not their files.
  xargs -0 -r env -u GIT_DIR -u GIT_WORK_TREE -u GIT_INDEX_FILE sh -c '
    for path do
      if [ -L "$path" ] || [ ! -e "$path/.git" ]; then continue; fi
      if [ -n "$(git -C "./$path" -c core.fsmonitor=false status --porcelain | head -c 1)" ]; then printf "=left\\0%s/\\0" "$path"; fi
    done' sh <"$tmp/submodules"
fi
`;
