// The constant scripts that look at workspaces; read by parse.ts. Pure.
import { CARRIED_SUMS } from "../../carry/guest/sums.ts";
import { LIST_UNTOUCHED } from "../../clones/guest/untouched.ts";
import { POINTED, STORED } from "../../lfs/guest/held.ts";
import { NAMES_BESIDE } from "../../overlooked/guest/commits.ts";
import { UNSEEN_FILES } from "../../overlooked/guest/files.ts";
import { REPOSITORIES_INSIDE, STORES_BESIDE } from "../../overlooked/guest/repositories.ts";
import { CHECK_DIR, ENVIRONMENT } from "./common.ts";
import { MODULES } from "./modules.ts";
import { RELATE } from "./relation.ts";

/**
 * One workspace's facts, written to "$OUT/<directory>". Arguments: directory, branch, the host's commit or nothing,
 * the last commit that both had or nothing. MODE is "counts" (of the references only the branches and the stash),
 * "size" (and how much the host lacks of the branch), "sizes" (and how much that is at most of all branches), "overview" (the last commit, too) or "deep". Nothing is changed; the work tree and index are the workspace's own
 * whatever its configuration says. A failing git leaves the word "=broken". PLACE stands before the directory's name
 * while it is on its way out; SKIP is the expression for ignored files that can be made again, which "deep" only counts.
 *
 * To start git costs more than most of what it does here, so what one git has told another is not asked: the list of
 * references marks the branch that is checked out, names the stash, and has the branch's commit.
 */
export const OBSERVE_ONE = `
dir=$1 branch=$2 tip=$3 synced=$4
${CHECK_DIR}
nl='
'
at=$HOME/workspace/$PLACE$dir
${MODULES}${NAMES_BESIDE}${REPOSITORIES_INSIDE}${STORES_BESIDE}${UNSEEN_FILES}
# What a repository's references name, what else it holds, and its files: of the workspace, and of each submodule.
named_facts() {
  if [ "$MODE" = deep ]; then only=refs/; else only='refs/heads/ refs/stash'; fi
  refs=$(git for-each-ref --format='%(HEAD)%(objectname) %(refname)' $only 2>"$OUT/.refs.$dir")
  # git warns of a reference that it cannot read, and goes on without it.
  [ ! -s "$OUT/.refs.$dir" ]
  printf '=refs\\0%s\\0' "$refs"
  refs=$nl$refs$nl
  case $refs in
    *"$nl*"*) ;;
    *)
      printf '=head\\0%s\\0' "$(git rev-parse -q --verify 'HEAD^{commit}' || :)"
      printf '=on\\0%s\\0' "$(git symbolic-ref -q HEAD || :)"
      ;;
  esac
  if [ -d "$GIT_DIR/lfs/objects" ]; then printf '=lfs\\0yes\\0'; fi
}
repository_facts() {
  for name in MERGE_HEAD rebase-merge rebase-apply CHERRY_PICK_HEAD REVERT_HEAD BISECT_LOG sequencer; do
    if [ -e "$GIT_DIR/$name" ]; then printf '=operation\\0%s\\0' "$name"; fi
  done
  case $refs in
    *" refs/stash$nl"*)
      printf '=stashes\\0'
      { git rev-list -g refs/stash -- 2>/dev/null || :; git rev-parse refs/stash; } | awk '!seen[$0]++' | tr '\\n' '\\0'
      ;;
  esac
  # There git keeps them, or else below what commondir names.
  if [ -e "$GIT_DIR/worktrees" ] || [ -e "$GIT_DIR/commondir" ]; then
    printf '=worktrees\\0'
    git worktree list --porcelain -z
  fi
  if [ "$MODE" = deep ]; then
    list=$OUT/.list.$dir
    { git rev-parse -q --verify HEAD || :; git rev-list -g refs/stash -- 2>/dev/null || :; } | sed 's/^/^/' >"$list"
    commits_beside "$GIT_DIR" >>"$list"
    git rev-list --stdin --reflog --not --all <"$list" >"$list.earlier"
    printf '=earlier\\0'
    tr '\\n' '\\0' <"$list.earlier"
  fi
}
stored_facts() {
  printf '=stored\\0'
  git_of=$GIT_DIR
  ${STORED}}
file_facts() {
  if [ "$MODE" = deep ]; then
    list=$OUT/.list.$dir
    printf '=nested\\0'
    if [ -e "$OUT/.modules.$dir.stray" ] && [ "$GIT_DIR" = "$at/.git" ]; then printf '.git/modules/\\0'; fi
    stores_beside "$GIT_DIR"
    # git walks past the .git of a directory in which it tracks files.
    repositories_inside "$SKIP" | sed -z 's/^/.\\//; s/\\.git$//'
    # And says nothing of files in the directory of a submodule that is not populated.
    git ls-files -s -z | sed -zn 's/^160000 [^\\t]*\\t//p' | xargs -0 -r sh -c '
      for path do
        if [ -L "$path" ] || [ ! -d "$path" ] || [ -e "$path/.git" ]; then continue; fi
        if [ -n "$(find "./$path" -mindepth 1 -print -quit)" ]; then printf "./%s/\\0" "$path"; fi
      done' sh
    # What a clean filter keeps out of git's objects is on the disk alone.
    stored_facts
    : >"$list.others"
    if git config --name-only --get-regexp '^filter\\..*\\.(clean|process)$' >/dev/null; then
      git ls-files -z | git check-attr -z --stdin filter >"$list.filters"
      printf '=held\\0'
${POINTED}    fi
    printf '=filtered\\0'
    <"$list.others" xargs -0 -r sh -c 'for path do if [ -f "$path" ] && [ ! -L "$path" ]; then printf "%s\\0" "$path"; fi; done' sh |
      xargs -0 -r -n 500 sh -c '
        index=$(GIT_LITERAL_PATHSPECS=1 git ls-files -s -- "$@")
        git hash-object --no-filters -- "$@" | for path do
          read -r raw || exit 255
          case $index in *" $raw "*) ;; *) printf "%s\\0" "$path" ;; esac
        done' sh
    printf '=flagged\\0'
    git ls-files -v -z | { grep -za '^[a-zS] ' || :; } | xargs -0 -r sh -c '
      for entry do
        path=\${entry#??}
        if [ -e "$path" ] || [ -L "$path" ]; then printf "%s\\0" "$entry"; fi
      done' sh
    git ls-files -z --others --ignored --exclude-standard >"$list"
    find . -ignore_readdir_race -path ./.git -prune -o \\( -type f -o -type l \\) -printf '%P\\0' | sort -z >"$list.found"
    git ls-files -z >"$list.tracked"
    git ls-files -z --others --exclude-standard >"$list.untracked"
    git ls-files -s -z | sed -zn '/^160000/s/^[^\\t]*\\t\\(.*\\)$/\\1\\//p' >"$list.modules"
    unseen_files "$list.found" "$list.tracked" "$list.untracked" "$list" "$list.modules" | sed -z 's/^/? /'
    printf '=regenerable\\0%s\\0' "$({ grep -zaE -e "$SKIP" || :; } <"$list" | tr -cd '\\0' | wc -c)"
    printf '=status\\0'
    { grep -zavE -e "$SKIP" || :; } <"$list" | sed -z 's/^/! /'
    ignored=no strict='-c core.fileMode=true -c core.untrackedCache=false'
  else
    if [ "$MODE" = overview ] && [ -n "$own" ]; then
      printf '=last\\0%s\\0' "$(git log -1 --no-show-signature --format='%ct %<(200,trunc)%s' "$own" --)"
    fi
    if [ -f .gitmodules ]; then unpopulated; fi
    printf '=status\\0'
    ignored=traditional strict=
  fi
  status=$OUT/.status.$dir raw=$OUT/.raw.$dir
  git -c core.fsmonitor=false -c core.ignoreStat=false $strict status --porcelain=v2 -z --no-renames \\
    --untracked-files=normal --ignored=$ignored --ignore-submodules=none >"$status"
  # Of a changed file the path alone: the rest of its record is longer than most paths, and nobody asks for it.
  sed -z -e 's/^1 \\([^ ]* \\)\\{7\\}/c /' -e 's/^u \\([^ ]* \\)\\{9\\}/c /' <"$status"
  # Of the workspace alone: the files of a submodule that git calls changed are changed.
  if [ -d .git ]; then :${LIST_UNTOUCHED}  fi
}
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
  printf '=mark\\0%s\\0' "$(git config --get agent-vm.repository || :)"
  named_facts
  own=
  case $refs in
    *" refs/heads/$branch$nl"*)
      own=\${refs%%" refs/heads/$branch$nl"*}
      own=\${own##*"$nl"}
      own=\${own#?}
      ;;
  esac
  printf '=tip\\0%s\\0' "$own"
  # Beside what follows: it may read many trees.
  if [ "$MODE" = size ] && [ -n "$own" ] && [ "$own" != "$tip" ] && [ "$own" != "$synced" ]; then
    git rev-list --ignore-missing --objects --disk-usage "$own" \${tip:+"^$tip"} \${synced:+"^$synced"} --not --glob=refs/remotes/host/* -- >"$OUT/.lacks.$dir" 2>/dev/null &
  fi
  if [ "$MODE" = sizes ]; then all_bytes; fi
${RELATE}  if [ -e .git/modules ]; then modules; fi
  repository_facts
${CARRIED_SUMS}  file_facts
  if [ "$MODE" = size ]; then
    wait
    if [ -s "$OUT/.lacks.$dir" ]; then printf '=lacks\\0%s\\0' "$(cat -- "$OUT/.lacks.$dir")"; fi
  fi
  printf '=done\\0'
) >"$OUT/$dir" 2>"$OUT/.err.$dir"
[ $? = 0 ] || printf '=broken\\0' >>"$OUT/$dir"
`;

/** `before` and `files`: what OBSERVE_ALL does besides. */
const observe = (before: string, files: string) => `
one=$1 look=$5
${ENVIRONMENT}
export MODE=$2 SKIP=$3 PLACE=$4
OUT=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d) || exit 1
export OUT
trap 'rm -rf -- "$OUT"' EXIT
${before}xargs -0 -r -n 4 -P "$(nproc 2>/dev/null || echo 2)" sh -c "$one" sh || exit 1
if cd -- "$root" 2>/dev/null; then
  for name in * .[!.]* ..?*; do
    if [ -e "$name" ] || [ -L "$name" ]; then printf 'n/%s\\0' "$name"; fi
  done
fi
printf '=observations\\0'
cd -- "$OUT" || exit 1
set -- *
[ -e "$1" ] || shift
${files}if [ $# -gt 0 ]; then stat --printf '%n\\0%s\\0' -- "$@" || exit 1; fi
printf '=facts\\0'
if [ $# -gt 0 ]; then cat -- "$@"; fi
printf '=end\\0'
`;

/**
 * Observes many workspaces at once. Arguments: OBSERVE_ONE, mode, SKIP, PLACE. Standard input: directory, branch,
 * commit, synced commit of each. Answer: the names in ~/workspace ("n/" before each), then per workspace its name and
 * the size of its facts; these in the same order.
 */
export const OBSERVE = observe("", "");

/** What OBSERVE_ALL writes before it looks at anything: the VM answers. */
export const HERE = "=here";

/** The name under which OBSERVE_ALL tells the sessions: no workspace has it. */
export const SESSIONS = ".sessions";

/**
 * Observes the workspaces as OBSERVE does, with LOOK's answer among them as SESSIONS. A fifth argument: LOOK, which may
 * not keep the workspaces from being told. Answer: HERE, and as OBSERVE's.
 */
export const OBSERVE_ALL = observe(
  `printf '${HERE}\\0'
timeout 10 sh -c "$look" </dev/null >"$OUT/${SESSIONS}" 2>/dev/null &
`,
  `wait
set -- ${SESSIONS} "$@"
`,
);
