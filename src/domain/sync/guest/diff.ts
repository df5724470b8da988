// The constant scripts behind diff and log: what a workspace has that the host has not. Pure.
import { CHECK_DIR, ENVIRONMENT, TIP_OF } from "./common.ts";

/**
 * Reads the commits of the host from standard input, the best first, and opens the workspace through a repository of
 * our own that borrows its objects: new objects, the index and refreshed times stay there, and info/attributes, which
 * beats the workspace's own, leaves git alone to say what is binary. Filters stay, because without them every file that
 * has one would look changed. Answer so far: "=state" present|missing|leaving|foreign|broken|nobranch|unrelated, "=mark", "=head", "=on",
 * "=tip".
 */
const OPEN = `
set -eu
dir=$1 branch=$2 what=$3
${CHECK_DIR}${ENVIRONMENT}${TIP_OF}
at=$root/$dir own=$root/$dir/.git
mark=
leave() { printf '=state\\0%s\\0=mark\\0%s\\0=body\\0' "$1" "$mark"; exit 0; }
if [ ! -e "$at" ] && [ ! -L "$at" ]; then
  if [ -e "$root/.agent-vm.leaving.$dir" ]; then leave leaving; fi
  leave missing
fi
if [ -L "$at" ] || [ ! -d "$own" ] || [ -L "$own" ]; then leave foreign; fi
export GIT_NO_REPLACE_OBJECTS=1 GIT_LITERAL_PATHSPECS=1
tmp=$(mktemp -d -p /dev/shm agent-vm-view.XXXXXX 2>/dev/null || mktemp -d -t agent-vm-view.XXXXXX)
trap 'rm -rf -- "$tmp"' EXIT
trap 'exit 1' HUP INT TERM PIPE
in_own() { git --git-dir="$own" --work-tree="$at" -c core.fsmonitor=false "$@"; }
format=$(in_own rev-parse --show-object-format) || leave broken
mark=$(in_own config --get agent-vm.repository || :)
head=$(in_own rev-parse -q --verify 'HEAD^{commit}' || :)
tip=$(export GIT_DIR="$own" && tip_of "$branch")
git init -q --bare --template= --object-format="$format" -- "$tmp/git"
mkdir -p -- "$tmp/git/info" "$tmp/git/objects/info"
printf '%s\\n' "$own/objects" >"$tmp/git/objects/info/alternates"
for name in info/attributes info/exclude shallow; do
  if [ -f "$own/$name" ]; then cp -- "$own/$name" "$tmp/git/$name"; fi
done
printf '\\n* !diff\\n' >>"$tmp/git/info/attributes"
git config --file "$tmp/git/config" include.path "$own/config"
export GIT_DIR="$tmp/git" GIT_WORK_TREE="$at"
g() {
  git -c core.fsmonitor=false -c core.hooksPath=/dev/null -c core.untrackedCache=false -c core.splitIndex=false \\
    -c core.quotePath=false -c color.ui=false -c log.showSignature=false -c log.mailmap=false "$@"
}
cd -- "$at"
g cat-file --batch-check='%(objectname) %(objecttype)' | sed -n 's/ commit$//p' >"$tmp/known"
show() { # the output's form, then a command of git
  set -- "$@" --no-color --no-ext-diff --no-textconv -M --inter-hunk-context=0 --diff-algorithm=default \\
    --ignore-submodules=none --submodule=short --no-relative --src-prefix=a/ --dst-prefix=b/ -O/dev/null
  case $what in
    stat=*) set -- "$@" --stat="\${what#stat=}" ;;
    names) set -- "$@" --name-only ;;
    patch) set -- "$@" --patch ;;
    data) set -- "$@" --raw --numstat -z ;;
  esac
  g -c diff.context=3 -c diff.suppressBlankEmpty=false -c diff.wsErrorHighlight=none "$@" --
}
show_diff() { # of "data" a record ends with a line's end, and a line's end in a name is a NUL: the host reads lines
  if [ "$what" != data ]; then show diff "$@"; return; fi
  show diff "$@" >"$tmp/data"
  tr '\\0\\n' '\\n\\0' <"$tmp/data"
}
say_where() {
  printf '=state\\0present\\0=mark\\0%s\\0=head\\0%s\\0=on\\0%s\\0=tip\\0%s\\0' "$mark" "$head" "$(in_own symbolic-ref -q HEAD || :)" "$tip"
}
`;

/**
 * Arguments: directory, branch, "patch" | "stat=<width>" | "names" | "data", "tree" or "committed". Standard input: the
 * host's commits, one a line. Answer: the state, "=base" commit, "=nested" names of repositories inside, "=body", then
 * the bytes of git's diff; of "data" the records of --raw and --numstat. Nothing of the workspace is changed.
 */
export const DIFF = `${OPEN}
side=$4 now=$head
if [ "$side" = committed ]; then now=$tip; fi
if [ -z "$now" ] && [ "$side" = committed ]; then leave nobranch; fi
read -r base <"$tmp/known" || leave unrelated
base=$(g merge-base "$base" \${now:-"$base"} || printf '%s' "$base")
say_where
printf '=base\\0%s\\0' "$base"
if [ "$side" = committed ]; then
  printf '=body\\0'
  show_diff "$base" "$now"
  exit 0
fi
# With its time: git finds out by it which files may have changed in the second it was written.
if [ -f "$own/index" ]; then
  cp -p -- "$own/index" "$tmp/git/index"
  for shared in "$own"/sharedindex.*; do if [ -f "$shared" ]; then cp -p -- "$shared" "$tmp/git/"; fi; done
fi
# Files that git was told not to look at are looked at; both sides of a conflict are what lies in the file.
g ls-files -v -z | { grep -z '^[a-zS] ' || :; } | sed -z 's/^..//' |
  xargs -0 -r sh -c 'for path do if [ -e "$path" ] || [ -L "$path" ]; then printf "%s\\0" "$path"; fi; done' sh >"$tmp/flagged"
g update-index --no-assume-unchanged -z --stdin <"$tmp/flagged"
g update-index --no-skip-worktree -z --stdin <"$tmp/flagged"
g ls-files -u -z | sed -z 's/^[^\\t]*\\t//' | g update-index --force-remove -z --stdin
g ls-files -z --others --exclude-standard >"$tmp/others"
{ grep -z '/$' <"$tmp/others" || :; } | sed -z 's/^/=nested\\x00/'
printf '=body\\0'
{ grep -zv '/$' <"$tmp/others" || :; } >"$tmp/files"
if [ -s "$tmp/files" ]; then g add -N -f --pathspec-from-file="$tmp/files" --pathspec-file-nul 2>/dev/null || :; fi
show_diff "$base"
`;

/**
 * Arguments: directory, branch, "none" | "stat=<width>" | "patch" | "data" (whole ids and times). Standard input: the
 * host's commits. Answer: the state, "=other" count and name of a branch, "=changed", "=untracked", "=stashes" counts,
 * "=body", then for each commit a line of NUL, id, author, date and subject with NUL between them, and git's lines
 * about its files.
 */
export const LOG = `${OPEN}
[ -s "$tmp/known" ] || leave unrelated
sed 's/^/^/' <"$tmp/known" >"$tmp/not"
say_where
in_own for-each-ref --format='%(refname) %(objectname)' refs/heads/ >"$tmp/branches"
if [ -n "$head" ] && ! in_own symbolic-ref -q HEAD >/dev/null; then printf 'HEAD %s\\n' "$head" >>"$tmp/branches"; fi
while read -r name oid; do
  if [ "$name" = "refs/heads/$branch" ]; then continue; fi
  count=$( { printf '%s\\n' "$oid" \${tip:+"^$tip"}; cat "$tmp/not"; } | g rev-list --count --stdin)
  if [ "$count" != 0 ]; then printf '=other\\0%s %s\\0' "$count" "\${name#refs/heads/}"; fi
done <"$tmp/branches"
in_own status --porcelain=v2 -z --no-renames --untracked-files=normal --ignore-submodules=none >"$tmp/status"
printf '=changed\\0%s\\0' "$(grep -zc '^[12u]' <"$tmp/status" || :)"
printf '=untracked\\0%s\\0' "$(grep -zc '^?' <"$tmp/status" || :)"
printf '=stashes\\0%s\\0' "$(in_own rev-list -g refs/stash -- 2>/dev/null | wc -l)"
printf '=body\\0'
[ -n "$tip" ] || exit 0
{ printf '%s\\n' "$tip"; cat "$tmp/not"; } >"$tmp/range"
id=%h date=format:'%Y-%m-%d %H:%M'
if [ "$what" = data ]; then id=%H date=iso-strict what=none; fi
show log --stdin --no-decorate --no-notes --no-show-signature --encoding=UTF-8 --date="$date" \\
  --format="tformat:%x00$id%x00%an%x00%ad%x00%s" <"$tmp/range"
`;
