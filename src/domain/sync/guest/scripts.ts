// The constant scripts that are run in the guest for workspaces. Pure.
// Values arrive as arguments or on standard input; answers are separated by NUL and read by parse.ts.

/** Refuses what is not a workspace's name; the host has checked it already. */
const CHECK_DIR = `
case $dir in '' | [!A-Za-z0-9]* | *[!A-Za-z0-9._-]* | *..*) exit 64 ;; esac
`;

const ENVIRONMENT = `
export LC_ALL=C GIT_OPTIONAL_LOCKS=0 GIT_TERMINAL_PROMPT=0
root=$HOME/workspace
`;

/**
 * Makes a workspace when there is none, then says what its branch points to.
 * Arguments: directory, branch, object format, origin's url or nothing, the repository's id.
 * Answer: created|present|occupied, the branch's commit or nothing.
 * It is built beside its place and renamed, so that a directory with the final name is always complete.
 */
export const ENSURE = `
set -eu
dir=$1 branch=$2 format=$3 origin=$4 id=$5
${CHECK_DIR}${ENVIRONMENT}
at=$root/$dir new=$root/.agent-vm.new.$dir
mkdir -p -- "$root"
state=present
if [ ! -e "$at" ] && [ ! -L "$at" ]; then
  rm -rf -- "$new"
  git init -q --object-format="$format" -- "$new"
  export GIT_DIR="$new/.git"
  git config receive.denyCurrentBranch updateInstead
  git config receive.shallowUpdate true
  git config agent-vm.repository "$id"
  if [ -n "$origin" ]; then
    git config remote.origin.url "$origin"
    git config remote.origin.fetch '+refs/heads/*:refs/remotes/origin/*'
  fi
  git symbolic-ref HEAD "refs/heads/$branch"
  mv -T -- "$new" "$at"
  state=created
fi
export GIT_DIR="$at/.git"
if [ -L "$at" ] || [ ! -d "$GIT_DIR" ] || [ "$(git config --get agent-vm.repository || :)" != "$id" ]; then
  printf 'occupied\\0\\0'
  exit 0
fi
printf '%s\\0%s\\0' "$state" "$(git rev-parse -q --verify "refs/heads/$branch^{commit}" || :)"
`;

/**
 * One workspace's facts, written to "$OUT/<directory>". Arguments: directory, branch, the host's commit or nothing.
 * MODE is "counts" or "deep". Nothing is changed; the work tree and index are the workspace's own whatever its
 * configuration says. A failing git leaves the word "=broken".
 */
export const OBSERVE_ONE = `
dir=$1 branch=$2 tip=$3
${CHECK_DIR}
at=$HOME/workspace/$dir
(
  set -e
  if [ ! -e "$at" ] && [ ! -L "$at" ]; then printf '=missing\\0'; exit 0; fi
  if [ -L "$at" ] || [ ! -d "$at/.git" ]; then printf '=foreign\\0'; exit 0; fi
  export GIT_DIR="$at/.git" GIT_WORK_TREE="$at"
  cd "$at"
  git rev-parse --git-dir >/dev/null
  own=$(git rev-parse -q --verify "refs/heads/$branch^{commit}" || :)
  printf '=head\\0%s\\0' "$(git rev-parse -q --verify 'HEAD^{commit}' || :)"
  printf '=on\\0%s\\0' "$(git symbolic-ref -q HEAD || :)"
  printf '=tip\\0%s\\0' "$own"
  if [ -n "$tip" ] && [ -n "$own" ] && git cat-file -e "$tip^{commit}" 2>/dev/null; then
    if git merge-base "$tip" "$own" >/dev/null; then
      printf '=relation\\0%s\\0' "$(git rev-list --left-right --count "$tip...$own" --)"
    else
      printf '=relation\\0none\\0'
    fi
  fi
  for name in MERGE_HEAD rebase-merge rebase-apply CHERRY_PICK_HEAD REVERT_HEAD BISECT_LOG; do
    if [ -e ".git/$name" ]; then printf '=operation\\0%s\\0' "$name"; fi
  done
  printf '=stashes\\0'
  if git rev-parse -q --verify refs/stash >/dev/null; then git rev-list -g refs/stash -- | tr '\\n' '\\0'; fi
  printf '=worktrees\\0'
  git worktree list --porcelain -z
  if [ "$MODE" = deep ]; then
    printf '=refs\\0'
    git for-each-ref --format='%(objectname) %(refname)' | tr '\\n' '\\0'
    printf '=flagged\\0'
    git ls-files -v -z | { grep -z '^[a-zS] ' || :; }
  fi
  printf '=status\\0'
  git -c core.fsmonitor=false -c core.ignoreStat=false status --porcelain=v2 -z --no-renames \\
    --untracked-files=normal --ignored=traditional --ignore-submodules=none
  printf '=done\\0'
) >"$OUT/$dir" 2>"$OUT/.err.$dir"
[ $? = 0 ] || printf '=broken\\0' >>"$OUT/$dir"
`;

/**
 * Observes many workspaces at once. Arguments: OBSERVE_ONE, mode. Standard input: directory, branch, commit of each.
 * Answer: the names in ~/workspace ("n/" before each), then per workspace its name, the size of its facts, and these.
 */
export const OBSERVE = `
one=$1
${ENVIRONMENT}
export MODE=$2
OUT=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d) || exit 1
export OUT
trap 'rm -rf -- "$OUT"' EXIT
xargs -0 -r -n 3 -P "$(nproc 2>/dev/null || echo 2)" sh -c "$one" sh || exit 1
if cd -- "$root" 2>/dev/null; then
  for name in * .[!.]* ..?*; do
    if [ -e "$name" ] || [ -L "$name" ]; then printf 'n/%s\\0' "$name"; fi
  done
fi
printf '=observations\\0'
cd -- "$OUT" || exit 1
for name in *; do
  [ -f "$name" ] || continue
  printf '%s\\0%s\\0' "$name" "$(wc -c <"$name")"
  cat -- "$name"
done
printf '=end\\0'
`;

/**
 * Which incoming paths are already there without being tracked. Argument: directory. Standard input: "F path" for a
 * path that will be a file, "D path" for one that will be a directory. Answer: the paths in the way.
 */
export const IN_THE_WAY = `
dir=$1
${CHECK_DIR}${ENVIRONMENT}
cd -- "$root/$dir" || exit 1
export GIT_DIR="$PWD/.git" GIT_WORK_TREE="$PWD" GIT_LITERAL_PATHSPECS=1
xargs -0 -r sh -c '
  for entry do
    path=\${entry#??}
    if [ -L "./$path" ]; then printf "%s\\0" "$path"
    elif [ -d "./$path" ]; then
      case $entry in F*) git ls-files -z --others --directory --no-empty-directory -- "$path" || exit 1 ;; esac
    elif [ -e "./$path" ]; then printf "%s\\0" "$path"
    fi
  done
' sh
`;

/**
 * Deletes workspaces: each is first renamed away, so that nobody meets half of it; what an interrupted deletion left
 * goes too. Arguments: directories.
 */
export const REMOVE = `
${ENVIRONMENT}
cd -- "$root" 2>/dev/null || exit 0
for dir do
  ${CHECK_DIR}
  if [ -e "$dir" ] || [ -L "$dir" ]; then mv -T -- "$dir" ".agent-vm.trash.$dir.$$" || exit 1; fi
done
for old in .agent-vm.trash.*; do
  if [ -L "$old" ] || [ -f "$old" ]; then rm -f -- "$old" || exit 1; continue; fi
  [ -d "$old" ] || continue
  rm -rf -- "$old" 2>/dev/null || { chmod -R u+rwX -- "$old"; rm -rf -- "$old"; } || exit 1
done
`;

/** Free space and free inodes of the workspaces' file system, in KiB and numbers. */
export const FREE_SPACE = `
df -Pk -- "$HOME" | { read -r line; read -r device size used free rest; printf '%s\\0' "$free"; }
df -Pi -- "$HOME" | { read -r line; read -r device size used free rest; printf '%s\\0' "$free"; }
`;
