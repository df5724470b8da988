// The constant scripts that make a workspace's checkout sparse, and tell whether it is. Pure.
import { CHECK_DIR, ENVIRONMENT } from "../../sync/guest/common.ts";

/**
 * Arguments: directory, whether the patterns are a cone. Standard input: the patterns. Not by `git sparse-checkout`,
 * which in a cone deletes ignored files with a directory that goes; `read-tree` removes what is tracked and unchanged,
 * and refuses where something tracked was edited. Then everything is as it was.
 */
export const SPARSE = `
set -eu
dir=$1 cone=$2
${CHECK_DIR}${ENVIRONMENT}
cd -- "$root/$dir"
export GIT_DIR="$PWD/.git" GIT_WORK_TREE="$PWD" GIT_LFS_SKIP_SMUDGE=1
patterns=.git/info/sparse-checkout
mkdir -p .git/info
cat >"$patterns.agent-vm"
if [ -f "$patterns" ] && cmp -s -- "$patterns" "$patterns.agent-vm" && [ "$(git config --type=bool --get core.sparseCheckout || :)" = true ]; then
  rm -f -- "$patterns.agent-vm"
  exit 0
fi
rm -f -- "$patterns.before"
if [ -f "$patterns" ]; then cp -- "$patterns" "$patterns.before"; fi
was_on=$(git config --type=bool --get core.sparseCheckout || :)
was_cone=$(git config --type=bool --get core.sparseCheckoutCone || :)
back() {
  if [ -f "$patterns.before" ]; then mv -- "$patterns.before" "$patterns"; else rm -f -- "$patterns"; fi
  git config core.sparseCheckout "\${was_on:-false}"
  git config core.sparseCheckoutCone "\${was_cone:-false}"
}
mv -- "$patterns.agent-vm" "$patterns"
git config core.sparseCheckout true
git config core.sparseCheckoutCone "$cone"
git update-index -q --refresh || :
# read-tree only warns of an edited file, and leaves it.
edited=$(git diff-files --name-only --ignore-submodules=all && git diff-index --cached --name-only HEAD --)
if [ -n "$edited" ]; then
  back
  printf '%s\\n' "$edited" >&2
  exit 1
fi
git read-tree -m -u HEAD || { back; exit 1; }
rm -f -- "$patterns.before"
`;

/** Argument: the directory. Answer: "sparse" or "full". */
export const IS_SPARSE = `
set -eu
dir=$1
${CHECK_DIR}${ENVIRONMENT}
if [ "$(git --git-dir="$root/$dir/.git" config --type=bool --get core.sparseCheckout || :)" = true ]; then printf 'sparse\\0'
else printf 'full\\0'
fi
`;
