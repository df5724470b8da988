// The part of a restore that makes the submodules of a workspace its own again. Pure.
import { FILLED } from "./common.ts";

/**
 * Needs $new, a workspace whose submodules lie there, populated as they were: they came as files, and what its own
 * configuration had of them did not. Each that git records and that has its git directory below .git/modules is entered
 * there as settle.ts enters a new one.
 */
export const ADOPT = `
if [ -d "$new/.git/modules" ]; then
  top=$(cd -- "$new" && pwd -P)
  git --git-dir="$new/.git" ls-files -s -z | sed -zn 's/^160000 [^\\t]*\\t//p' | xargs -0 -r sh -c '
    top=$1
    shift
    cd -- "$top"
    for path do
      if [ ! -f "$path/.git" ] || [ -L "$path/.git" ]; then continue; fi
      git_dir=$(git -C "./$path" rev-parse --absolute-git-dir 2>/dev/null) || continue
      case $git_dir in "$top/.git/modules/"?*) name=\${git_dir#"$top/.git/modules/"} ;; *) continue ;; esac
      git --git-dir=.git config "submodule.$name.active" true || continue
      url=$(git --git-dir="$git_dir" config --get remote.origin.url) || continue
      git --git-dir=.git config "submodule.$name.url" "$url" || :
    done' sh "$top" || :
  : >"$new/.git/${FILLED}"
fi
`;
