// Files that git calls changed although they are byte by byte as they were committed: a rule of .gitattributes came later. Pure.
import { CHECK_DIR, ENVIRONMENT } from "../../sync/guest/common.ts";

/** raw_git <where>: a repository whose attributes switch every conversion off, with the objects of the one in GIT_DIR. */
const RAW_GIT = `
raw_git() {
  format=$(git rev-parse --show-object-format)
  ( unset GIT_DIR GIT_WORK_TREE; git init -q --bare --template= --object-format="$format" -- "$1" )
  mkdir -p -- "$1/info" "$1/objects/info"
  printf '%s\\n' "$GIT_DIR/objects" >"$1/objects/info/alternates"
  printf '* -text -eol -filter -ident -working-tree-encoding\\n' >"$1/info/attributes"
}
`;

/**
 * A part of OBSERVE_ONE: needs $status, the file with what git said, and $raw, a place. Writes the list "=untouched" when
 * git calls files changed and there are rules; nothing else is asked in a workspace without either.
 */
export const LIST_UNTOUCHED = `
  if { [ -f .gitattributes ] || [ -f .git/info/attributes ]; } && grep -zq '^1 \\.M' <"$status"; then
    ${RAW_GIT}
    raw_git "$raw"
    cp -p -- .git/index "$raw/index"
    ( export GIT_DIR="$raw" GIT_INDEX_FILE="$raw/index"
      git update-index -q --refresh >/dev/null || :
      git diff-files -z --name-only --ignore-submodules=none ) | sort -z >"$raw/edited"
    printf '=untouched\\0'
    sed -zn 's/^1 \\.M N\\.\\.\\. [0-7]* \\([0-7]*\\) \\1 [0-9a-f]* [0-9a-f]* //p' <"$status" | sort -z | comm -z -23 - "$raw/edited"
  fi
`;

/**
 * Has git take such files for unchanged, as it would have without the rule, so that a push may go through them. Argument:
 * the directory. It waits a second: of a file that was written in the second of the index git does not trust the time.
 */
export const SETTLE = `
set -eu
dir=$1
${CHECK_DIR}${ENVIRONMENT}${RAW_GIT}
cd -- "$root/$dir"
export GIT_DIR="$PWD/.git" GIT_WORK_TREE="$PWD"
tmp=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d)
trap 'rm -rf -- "$tmp"' EXIT
raw_git "$tmp/raw"
index=$GIT_DIR/index
sleep 1
GIT_DIR=$tmp/raw GIT_INDEX_FILE=$index git update-index -q --refresh >/dev/null || :
`;
