// Parts of constant scripts: repositories inside a work tree, and what tools keep in git's own directory. Pure.

/**
 * Whether a directory below those that can be made again (node_modules/…) holds a repository with something of its own: a
 * commit that none of its remotes has, a stash, a change, or a linked worktree. When git cannot tell, it does. Its
 * argument is the path of its .git.
 */
const HOLDS_WORK = `
  holds_work() (
    [ -d "./$1" ] && [ ! -L "./$1" ] || exit 0
    cd -- "./\${1%.git}" || exit 0
    head=HEAD
    git rev-parse -q --verify "HEAD^{commit}" >/dev/null || head=--branches
    own=$(git rev-list -n 1 "$head" --branches --reflog --glob=refs/stash --not --remotes --) || exit 0
    [ -z "$own" ] || exit 0
    changed=$(git -c core.fsmonitor=false status --porcelain --ignore-submodules=none | head -c 1) || exit 0
    [ -n "$changed" ]
  ) 2>/dev/null
`;

/**
 * repositories_inside <expression>: the paths of every .git below the work tree but its own, each followed by NUL. Where
 * the expression says that what lies there can be made again, only of a repository with work, and then the
 * directory's path, with a slash.
 */
export const REPOSITORIES_INSIDE = `
repositories_inside() {
  find . -path ./.git -prune -o -name .git -prune -printf '%P\\0' |
    { again=$1 xargs -0 -r env -u GIT_DIR -u GIT_WORK_TREE -u GIT_INDEX_FILE sh -c '${HOLDS_WORK}
      for path do
        if ! printf "%s\\0" "$path" | grep -qzaE -e "$again"; then printf "%s\\0" "$path"
        elif holds_work "$path"; then printf "%s\\0" "\${path%.git}"
        fi
      done' sh; }
}
`;

/**
 * bare_inside: of paths on standard input, the directories of bare repositories, with a slash. git takes these for plain
 * files, and what it brings back lacks the empty directories without which they are no repositories.
 */
export const BARE_INSIDE = `
bare_inside() {
  { grep -zaE '/HEAD$' || :; } | xargs -0 -r sh -c '
    for path do
      at=\${path%HEAD}
      if [ -d "./\${at}objects" ] && [ -d "./\${at}refs" ]; then printf "%s\\0" "$at"; fi
    done' sh
}
`;

/** stores_beside <git directory>: where tools keep content or keys that are nowhere else; each below ".git/". */
export const STORES_BESIDE = `
stores_beside() {
  for name in annex git-crypt; do
    if [ -d "$1/$name" ] && [ -n "$(find "$1/$name" -type f -print -quit)" ]; then printf '.git/%s/\\0' "$name"; fi
  done
}
`;
