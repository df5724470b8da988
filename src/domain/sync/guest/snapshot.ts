// The constant script that makes everything in a workspace into git objects, beside it. Pure.
// Read by snapshot.ts. The agent's tree, index, references and object store stay as they are: new objects go into a
// bare repository of our own that borrows the workspace's.
import { LINKED_INDEXES, NAMES_BESIDE } from "../../overlooked/guest/commits.ts";
import { UNSEEN_FILES } from "../../overlooked/guest/files.ts";
import { BARE_INSIDE, REPOSITORIES_INSIDE, STORES_BESIDE } from "../../overlooked/guest/repositories.ts";
import { ENVIRONMENT } from "./common.ts";
import { STORE_FILES } from "./every-file.ts";
import { GIVEN } from "./half.ts";
import { DROP } from "./scratch.ts";
import { APART } from "./snapshot/apart.ts";
import { FILES } from "./snapshot/files.ts";
import { HISTORY } from "./snapshot/history.ts";
import { REFERENCES } from "./snapshot/references.ts";

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
 * what git cannot hold, "=stored" a file of Git LFS's store (see STORED), "=large" oid and size
 * of one whose content a file is, "=left" path of what "wip" leaves there for that reason, "=regenerable" count, "=kib" size of it all, "=done".
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

# What the host has begun to take of an earlier save of it: with that known here, it need not come twice.
for pack in "$root/${GIVEN}.$dir"/[0-9a-f]*; do
  if [ "$level" != 0 ] && [ -f "$pack" ] && [ ! -L "$pack" ]; then
    git -c core.bigFileThreshold=32m index-pack --fix-thin --stdin <"$pack" >/dev/null 2>&1 || :
  fi
done

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

${REFERENCES}${FILES}${HISTORY}${APART}
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
