// The part of the observation that looks into a workspace's submodules; read by parse.ts. Pure.

/**
 * is_git_directory <path>, all_bytes, and modules: every git directory below `.git/modules`, populated or not, as words of the list
 * "=modules": "n" and its path there, "w" and its work tree in the workspace when it has one, and each word of its own
 * facts behind an "m"; and unpopulated: the list of submodules that are not checked out. A submodule is looked at as a workspace is: "counts" tells its branches and what is checked out,
 * "deep" all that it holds. One that git cannot read has facts without an end.
 */
export const MODULES = `
is_git_directory() { [ -f "$1/HEAD" ] && [ -d "$1/objects" ] && [ -d "$1/refs" ]; }
# The work tree of a submodule's git directory, when both name each other.
work_tree_of() {
  ( of=$(cd -- "$1" && pwd -P) && tree=$(git config -f "$of/config" core.worktree) && cd -- "$of" && cd -- "$tree" || exit
    tree=$(pwd -P) top=$(cd -- "$at" && pwd -P)
    case $tree in "$top"/*) ;; *) exit ;; esac
    [ -f .git ] && [ ! -L .git ] || exit
    unset GIT_DIR GIT_WORK_TREE
    if [ "$(git rev-parse --absolute-git-dir)" = "$of" ]; then printf '%s' "\${tree#"$top"/}"; fi
  ) 2>/dev/null
}
# The submodules of the index that are not checked out.
unpopulated() {
  printf '=unpopulated\\0'
  git ls-files -s -z | sed -zn 's/^160000 [^\\t]*\\t//p' |
    xargs -0 -r sh -c 'for path do if [ ! -e "./$path/.git" ]; then printf "%s\\0" "$path"; fi; done' sh
}
# More than that nobody can lack.
all_bytes() {
  kib=$(du -sk -- "$GIT_DIR/objects") || :
  kib=\${kib%%[!0-9]*}
  printf '=lacks\\0%s\\0' "$((\${kib:-0} * 1024))"
}
module_facts() ( # its git directory, its work tree or nothing
  set -e
  export GIT_DIR="$1" GIT_WORK_TREE="$at/$2"
  cd -- "$at/$2"
  printf '=mark\\0\\0'
  named_facts
  case $MODE in size | sizes) all_bytes ;; esac
  if [ "$MODE" != deep ] && [ -n "$2" ] && [ -f .gitmodules ]; then unpopulated; fi
  if [ "$MODE" = deep ]; then
    repository_facts
    if [ -n "$2" ]; then file_facts
    else
      stored_facts
      printf '=status\\0'
      if git rev-parse -q --verify HEAD >/dev/null && [ -f "$GIT_DIR/index" ]; then
        git diff-index --cached -z --name-only HEAD -- | sed -z 's/^/1 M. N... 0 0 0 0 0 /'
      fi
    fi
  fi
  printf '=done\\0'
)
# Whether something lies below a directory "modules" that belongs to none of the submodules there.
has_stray() {
  [ -L "$1" ] || [ -n "$(find "$1" -mindepth 1 -type d -exec test -f '{}/HEAD' -a -d '{}/objects' -a -d '{}/refs' \\; -prune -o ! -type d -print -quit)" ]
}
modules() {
  printf '=modules\\0'
  modules=$at/.git/modules list=$OUT/.modules.$dir
  if [ -L "$modules" ]; then : >"$list.stray"; fi
  if [ -L "$modules" ] || [ ! -d "$modules" ]; then return 0; fi
  if has_stray "$modules"; then : >"$list.stray"; fi
  find "$modules" -name HEAD -printf '%h\\0' | sort -z >"$list"
  # A line each below: what has a line break in its name is told of as a whole.
  if [ "$(tr -cd '\\n' <"$list" | wc -c)" != 0 ]; then : >"$list.stray"; fi
  tr '\\0' '\\n' <"$list" | while IFS= read -r module; do
    is_git_directory "$module" || continue
    if [ -e "$module/modules" ] && has_stray "$module/modules"; then : >"$list.stray"; fi
    printf 'n%s\\0' "\${module#"$modules/"}"
    tree=$(work_tree_of "$module" || :)
    if [ -n "$tree" ]; then printf 'w%s\\0' "$tree"; fi
    # In the background, because set -e counts for nothing in a condition.
    module_facts "$module" "$tree" >"$list.facts" 2>/dev/null </dev/null &
    wait "$!" || :
    sed -z 's/^/m/' <"$list.facts"
  done
}
`;
