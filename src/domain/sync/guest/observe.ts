// The constant scripts that look at workspaces; read by parse.ts. Pure.
import { LIST_UNTOUCHED } from "../../clones/guest/untouched.ts";
import { CHECK_DIR, ENVIRONMENT, TIP_OF } from "./common.ts";
import { RELATE } from "./relation.ts";

/**
 * One workspace's facts, written to "$OUT/<directory>". Arguments: directory, branch, the host's commit or nothing,
 * the last commit that both had or nothing. MODE is "counts" (of the references only the branches), "overview" (the
 * last commit, too) or "deep". Nothing
 * is changed; the work tree and index are the workspace's own whatever its configuration says. A failing git leaves
 * the word "=broken". PLACE stands before the directory's name while it is on its way out; SKIP is the expression for
 * ignored files that can be made again, which "deep" only counts.
 */
export const OBSERVE_ONE = `
dir=$1 branch=$2 tip=$3 synced=$4
${CHECK_DIR}${TIP_OF}
at=$HOME/workspace/$PLACE$dir
(
  set -e
  if [ ! -e "$at" ] && [ ! -L "$at" ]; then printf '=missing\\0'; exit 0; fi
  if [ -d "$at" ] && [ ! -L "$at" ]; then
    printf '=closed\\0'
    if [ ! -r "$at" ] || [ ! -x "$at" ]; then printf './\\0=broken\\0'; exit 0; fi
    cd "$at"
    # A directory that nobody can read holds nobody knows what, and git says nothing of it.
    if [ "$MODE" = deep ]; then find . -type d ! \\( -readable -executable \\) -prune -print0 || :; fi
  fi
  if [ -L "$at" ] || [ ! -d "$at/.git" ]; then printf '=foreign\\0'; exit 0; fi
  export GIT_DIR="$at/.git" GIT_WORK_TREE="$at"
  cd "$at"
  git rev-parse --git-dir >/dev/null
  printf '=mark\\0%s\\0' "$(git config --get agent-vm.repository || :)"
  own=$(tip_of "$branch")
  printf '=head\\0%s\\0' "$(git rev-parse -q --verify 'HEAD^{commit}' || :)"
  printf '=on\\0%s\\0' "$(git symbolic-ref -q HEAD || :)"
  printf '=tip\\0%s\\0' "$own"
${RELATE}  for name in MERGE_HEAD rebase-merge rebase-apply CHERRY_PICK_HEAD REVERT_HEAD BISECT_LOG; do
    if [ -e ".git/$name" ]; then printf '=operation\\0%s\\0' "$name"; fi
  done
  printf '=stashes\\0'
  if git show-ref --verify -q refs/stash; then
    { git rev-list -g refs/stash -- 2>/dev/null || :; git rev-parse refs/stash; } | awk '!seen[$0]++' | tr '\\n' '\\0'
  fi
  printf '=worktrees\\0'
  git worktree list --porcelain -z
  printf '=refs\\0'
  if [ "$MODE" = deep ]; then only=refs/; else only=refs/heads/; fi
  git for-each-ref --format='%(objectname) %(refname)' "$only" 2>"$OUT/.refs.$dir" | tr '\\n' '\\0'
  # git warns of a reference that it cannot read, and goes on without it.
  [ ! -s "$OUT/.refs.$dir" ]
  if [ "$MODE" = deep ]; then
    list=$OUT/.list.$dir
    { git rev-parse -q --verify HEAD || :; git rev-list -g refs/stash -- 2>/dev/null || :; } | sed 's/^/^/' >"$list"
    git rev-list --stdin --reflog --not --all <"$list" >"$list.earlier"
    printf '=earlier\\0'
    tr '\\n' '\\0' <"$list.earlier"
    printf '=nested\\0'
    if [ -d .git/modules ]; then printf '.git/modules/\\0'; fi
    if [ -n "$(find .git/lfs/objects -type f -print -quit 2>/dev/null)" ]; then printf '.git/lfs/\\0'; fi
    # git walks past the .git of a directory in which it tracks files.
    { find . -path ./.git -prune -o -name .git -prune -printf '%P\\0' || :; } | { grep -zavE -e "$SKIP" || :; } | sed -z 's/^/.\\//; s/\\.git$//'
    # And says nothing of files in the directory of a submodule that is not populated.
    git ls-files -s -z | sed -zn 's/^160000 [^\\t]*\\t//p' | xargs -0 -r sh -c '
      for path do
        if [ -L "$path" ] || [ ! -d "$path" ] || [ -e "$path/.git" ]; then continue; fi
        if [ -n "$(find "./$path" -mindepth 1 -print -quit)" ]; then printf "./%s/\\0" "$path"; fi
      done' sh
    # What a clean filter keeps out of git's objects is on the disk alone.
    printf '=filtered\\0'
    if git config --name-only --get-regexp '^filter\\..*\\.(clean|process)$' >/dev/null; then
      git ls-files -z | git check-attr -z --stdin filter | sed -zn 'h;n;n;/^\\(unspecified\\|unset\\)$/!{g;p}' |
        xargs -0 -r sh -c 'for path do if [ -f "$path" ] && [ ! -L "$path" ]; then printf "%s\\0" "$path"; fi; done' sh |
        xargs -0 -r -n 500 sh -c '
          index=$(GIT_LITERAL_PATHSPECS=1 git ls-files -s -- "$@")
          git hash-object --no-filters -- "$@" | for path do
            read -r raw || exit 255
            case $index in *" $raw "*) ;; *) printf "%s\\0" "$path" ;; esac
          done' sh
    fi
    printf '=flagged\\0'
    git ls-files -v -z | { grep -za '^[a-zS] ' || :; } | xargs -0 -r sh -c '
      for entry do
        path=\${entry#??}
        if [ -e "$path" ] || [ -L "$path" ]; then printf "%s\\0" "$entry"; fi
      done' sh
    git ls-files -z --others --ignored --exclude-standard >"$list"
    printf '=regenerable\\0%s\\0' "$({ grep -zaE -e "$SKIP" || :; } <"$list" | tr -cd '\\0' | wc -c)"
    printf '=status\\0'
    { grep -zavE -e "$SKIP" || :; } <"$list" | sed -z 's/^/! /'
    ignored=no
  else
    if [ "$MODE" = overview ] && [ -n "$own" ]; then
      printf '=last\\0%s\\0' "$(git log -1 --no-show-signature --format='%ct %<(200,trunc)%s' "$own" --)"
    fi
    printf '=status\\0'
    ignored=traditional
  fi
  status=$OUT/.status.$dir raw=$OUT/.raw.$dir
  git -c core.fsmonitor=false -c core.ignoreStat=false status --porcelain=v2 -z --no-renames \\
    --untracked-files=normal --ignored=$ignored --ignore-submodules=none >"$status"
  cat -- "$status"
${LIST_UNTOUCHED}  printf '=done\\0'
) >"$OUT/$dir" 2>"$OUT/.err.$dir"
[ $? = 0 ] || printf '=broken\\0' >>"$OUT/$dir"
`;

/**
 * Observes many workspaces at once. Arguments: OBSERVE_ONE, mode, SKIP, PLACE. Standard input: directory, branch,
 * commit, synced commit of each. Answer: the names in ~/workspace ("n/" before each), then per workspace its name, the
 * size of its facts, and these.
 */
export const OBSERVE = `
one=$1
${ENVIRONMENT}
export MODE=$2 SKIP=$3 PLACE=$4
OUT=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d) || exit 1
export OUT
trap 'rm -rf -- "$OUT"' EXIT
xargs -0 -r -n 4 -P "$(nproc 2>/dev/null || echo 2)" sh -c "$one" sh || exit 1
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
 * Observes the workspaces as OBSERVE does, with the sessions in the same call. Arguments: OBSERVE, LOOK, OBSERVE_ONE,
 * mode. Answer: the size of LOOK's answer, this, and OBSERVE's. LOOK may not keep the workspaces from being told.
 */
export const OBSERVE_ALL = `
observe=$1 look=$2
shift 2
into=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d) || exit 1
trap 'rm -rf -- "$into"' EXIT
timeout 10 sh -c "$look" </dev/null >"$into/look" 2>/dev/null &
sh -c "$observe" sh "$@" >"$into/observe"
code=$?
wait
[ "$code" = 0 ] || exit "$code"
printf '%s\\0' "$(wc -c <"$into/look")"
cat -- "$into/look" "$into/observe"
`;
