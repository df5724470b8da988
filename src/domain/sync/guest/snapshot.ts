// The constant script that makes everything in a workspace into git objects, beside it. Pure.
// Read by snapshot.ts. The agent's tree, index, references and object store stay as they are: new objects go into a
// bare repository of our own that borrows the workspace's.
import { LIST } from "../../carry/guest/carry.ts";
import { STORED } from "../../lfs/guest/held.ts";
import { LINKED_INDEXES, NAMES_BESIDE } from "../../overlooked/guest/commits.ts";
import { UNSEEN_FILES } from "../../overlooked/guest/files.ts";
import { BARE_INSIDE, REPOSITORIES_INSIDE, STORES_BESIDE } from "../../overlooked/guest/repositories.ts";
import { ENVIRONMENT } from "./common.ts";
import { STORE_FILES } from "./every-file.ts";
import { DROP } from "./scratch.ts";

/** The names of a workspace's directory, also while it is on its way out. */
const CHECK_PLACE = `
case \${dir#.agent-vm.leaving.} in '' | [!A-Za-z0-9]* | *[!A-Za-z0-9._-]* | *..*) exit 64 ;; esac
`;

/**
 * Arguments: directory, name of the scratch repository, seconds since 1970 for the commits made here, "all" or "wip"
 * (without ignored files and without what git cannot hold), an extended regular expression of paths that can be made
 * again, how much to compress (see STORE_FILES), and the commits that the host has.
 *
 * Files are stored as they are on the disk (info/attributes switches every conversion off), because a clean filter may
 * keep the content somewhere else. Answer: "=ref" oid name, "=stash" oid message, "=on" reference, "=opaque" path of
 * what git cannot hold, "=stored" a file of Git LFS's store (see STORED), "=left" path of what "wip" leaves there for that reason, "=regenerable" count, "=kib" size of it all, "=done".
 */
export const SNAPSHOT = `
set -eu
dir=$1 save=$2 time=$3 mode=$4 skip=$5 level=$6
shift 6
${CHECK_PLACE}${ENVIRONMENT}${DROP}${STORE_FILES}${NAMES_BESIDE}${LINKED_INDEXES}${UNSEEN_FILES}${BARE_INSIDE}${REPOSITORIES_INSIDE}${STORES_BESIDE}
at=$root/$dir repo=$root/$save own=$root/$dir/.git
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null GIT_NO_REPLACE_OBJECTS=1
export GIT_AUTHOR_NAME=agent-vm GIT_AUTHOR_EMAIL=agent-vm@localhost GIT_AUTHOR_DATE="@$time +0000"
export GIT_COMMITTER_NAME=agent-vm GIT_COMMITTER_EMAIL=agent-vm@localhost GIT_COMMITTER_DATE="@$time +0000"
# git says nothing of a directory that it cannot read.
closed=$(find "$at" -type d ! \\( -readable -executable \\) -print -quit)
if [ -n "$closed" ]; then printf '%s cannot be read\\n' "$closed" >&2; exit 67; fi
[ -d "$own" ] && [ ! -L "$own" ] && [ ! -L "$at" ] || exit 65
tmp=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d)
trap 'rm -rf -- "$tmp"' EXIT
in_own() { git --git-dir="$own" "$@"; }
# grep, with what it is to leave out in a list of our own: none of it is no failure, but a full disk is one.
these() { grep "$@" || [ "$?" = 1 ]; }

# A command that was cut off may still be at work here. Without its scratch it ends soon; until then all that it started
# holds the lock, and would write into the new one.
drop "$repo"
exec 9<"$own"
flock -w 120 9 || { echo 'an earlier save of it has not ended yet' >&2; exit 67; }
git init -q --bare --template= --object-format="$(in_own rev-parse --show-object-format)" -- "$repo"
mkdir -p -- "$repo/info" "$repo/objects/info"
printf '%s\\n' "$own/objects" >"$repo/objects/info/alternates"
printf '* -text -eol -filter -ident -working-tree-encoding\\n' >"$repo/info/attributes"
[ ! -f "$own/info/exclude" ] || cp -- "$own/info/exclude" "$repo/info/exclude"
[ ! -f "$own/shallow" ] || cp -- "$own/shallow" "$repo/shallow"
export GIT_DIR="$repo" GIT_WORK_TREE="$at" GIT_INDEX_FILE="$repo/index"
cd -- "$at"
for name in core.fsmonitor core.untrackedCache core.protectNTFS core.protectHFS core.splitIndex core.safecrlf; do
  git config "$name" false
done
git config core.fileMode true

git_commit() { # subject, tree, parents…
  subject=$1 tree=$2
  shift 2
  for parent do
    shift
    set -- "$@" -p "$parent"
  done
  printf '%s\\n' "$subject" | git commit-tree "$@" "$tree"
}
keep() { # name, oid
  git update-ref "refs/save/$1" "$2"
}

# The references, whole: what is missing from the object store fails here, before anything is deleted.
in_own for-each-ref --format='%(objectname) %(refname)' >"$tmp/all" 2>"$tmp/trouble" || echo >>"$tmp/trouble"
if [ -s "$tmp/trouble" ]; then cat "$tmp/trouble" >&2; exit 67; fi
sed -n '/^[0-9a-f]* refs\\/remotes\\//!s/^\\([0-9a-f]*\\) \\(.*\\)$/create refs\\/save\\/\\2 \\1/p' <"$tmp/all" >"$tmp/refs"
git update-ref --stdin <"$tmp/refs"
head=$(in_own rev-parse -q --verify 'HEAD^{commit}' || :)
[ -z "$head" ] || keep own/head "$head"

# The index: first as it is, an unfinished merge's sides apart.
if [ -f "$own/index" ]; then
  # With its time: git finds out by it which files may have changed in the second it was written.
  cp -p -- "$own/index" "$repo/index"
  for shared in "$own"/sharedindex.*; do [ ! -f "$shared" ] || cp -p -- "$shared" "$repo/"; done
fi
if [ ! -f "$repo/index" ]; then git read-tree --empty; fi
git ls-files -u -z >"$tmp/unmerged"
if [ -s "$tmp/unmerged" ]; then
  sed -z 's/^\\([0-7]*\\) \\([0-9a-f]*\\) \\([123]\\)\\t/\\1 \\2 0\\t\\3\\//' <"$tmp/unmerged" |
    GIT_INDEX_FILE="$repo/stages" git update-index -z --index-info
  keep own/stages "$(git_commit 'agent-vm: the sides of an unfinished merge' "$(GIT_INDEX_FILE="$repo/stages" git write-tree)")"
  sed -z 's/^[^\\t]*\\t//' <"$tmp/unmerged" | git update-index --force-remove -z --stdin
fi
index=$(git_commit 'agent-vm: the index' "$(git write-tree)" $head)
keep own/index "$index"

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
# git knows no mode that keeps others out, which the owner of a key depends on.
sort -z -o "$tmp/closed" "$tmp/closed"
sort -z <"$tmp/files" | comm -z -12 - "$tmp/closed" >"$tmp/private"
if [ -s "$tmp/private" ]; then
  paths=$(git hash-object -w --no-filters -- "$tmp/private")
  keep own/private "$(git_commit 'agent-vm: files for their owner alone' "$(printf '100644 blob %s\\tpaths\\n' "$paths" | git mktree)")"
fi

# What describes an operation in progress.
( cd -- "$own"
  for name in MERGE_HEAD MERGE_MSG MERGE_MODE MERGE_RR MERGE_AUTOSTASH CHERRY_PICK_HEAD REVERT_HEAD REBASE_HEAD ORIG_HEAD \\
    BISECT_ANCESTORS_OK BISECT_EXPECTED_REV BISECT_LOG BISECT_NAMES BISECT_RUN BISECT_START BISECT_TERMS \\
    rebase-merge rebase-apply sequencer; do
    [ ! -e "$name" ] || find "$name" -type f -print0
  done
  [ ! -s "$tmp/unmerged" ] || printf 'index\\0'
) >"$tmp/state"
if [ -s "$tmp/state" ]; then
  ( cd -- "$own"
    export GIT_INDEX_FILE="$repo/state" GIT_WORK_TREE="$own"
    git update-index --add -z --stdin <"$tmp/state"
    git_commit 'agent-vm: an operation in progress' "$(git write-tree)" ) >"$tmp/state-commit"
  keep own/state "$(cat "$tmp/state-commit")"
fi

# Stashes, newest first; before the commits that nothing else names.
in_own log -g --format='%H %gs' refs/stash -- 2>/dev/null >"$tmp/stashes" || :
if [ ! -s "$tmp/stashes" ]; then in_own rev-parse -q --verify refs/stash >"$tmp/stashes" || :; fi
number=0
while read -r oid message; do
  keep "own/stash/$number" "$oid"
  printf '=stash\\0%s\\0%s\\0' "$oid" "$message"
  number=$((number + 1))
done <"$tmp/stashes"

# Commits that only reflogs, an operation in progress or a linked worktree still name.
{ find "$own/logs" "$own"/worktrees/*/logs -type f -exec cut -d ' ' -f 1,2 -- {} + 2>/dev/null || :
  names_beside "$own"
  ( cd -- "$own" && xargs -0 -r cat -- <"$tmp/state" ) || :
} | { grep -aoE '\\b([0-9a-f]{40}|[0-9a-f]{64})\\b' || :; } | sort -u |
  git cat-file --batch-check='%(objectname) %(objecttype)' | sed -n 's/ commit$//p' >"$tmp/named"
linked_indexes >>"$tmp/named" || { echo 'the index of a linked worktree cannot be read' >&2; exit 67; }
git rev-list --stdin --not --all <"$tmp/named" >"$tmp/earlier"
if [ -s "$tmp/earlier" ]; then
  empty=$(git hash-object -w -t tree --stdin </dev/null)
  { printf 'tree %s\\n' "$empty"
    sed 's/^/parent /' <"$tmp/earlier"
    printf 'author agent-vm <agent-vm@localhost> %s +0000\\ncommitter agent-vm <agent-vm@localhost> %s +0000\\n\\nagent-vm: earlier commits\\n' "$time" "$time"
  } | git hash-object -w -t commit --stdin >"$tmp/earlier-commit"
  keep own/earlier "$(cat "$tmp/earlier-commit")"
fi

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

printf '=on\\0%s\\0' "$(in_own symbolic-ref -q HEAD || :)"
git for-each-ref --format='%(objectname) %(refname:lstrip=2)' refs/save/ >"$tmp/made"
while read -r oid name; do printf '=ref\\0%s\\0%s\\0' "$oid" "$name"; done <"$tmp/made"
printf '=regenerable\\0%s\\0' "$regenerable"
for known do
  if git cat-file -e "$known^{commit}" 2>/dev/null; then printf '^%s\\n' "$known"; fi
done >"$tmp/known"
objects=$({ cat "$tmp/known"; git for-each-ref --format='%(objectname)' refs/save/; } |
  git rev-list --stdin --objects --disk-usage)
files=$(xargs -0 -r du -sk -- <"$tmp/opaque" | awk '{ sum += $1 } END { print sum + 0 }')
printf '=kib\\0%s\\0' "$((objects / 1024 + files))"
rm -f -- "$repo/index" "$repo/files" "$repo/stages" "$repo/state" "$repo/other" "$repo"/sharedindex.*
printf '=done\\0'
`;
