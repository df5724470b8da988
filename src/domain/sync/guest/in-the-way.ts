// The constant script that compares incoming paths with what lies in a workspace. Pure.
import { CHECK_DIR, ENVIRONMENT } from "./common.ts";

/**
 * Which incoming paths are already there without being tracked. Arguments: directory; of a submodule its path and its
 * git directory in there. Standard input: "F path" for a path that will be a file, "D path" for one that will be a
 * directory. Answer: the paths in the way.
 */
export const IN_THE_WAY = `
dir=$1 path=\${2:-.}
export GIT_DIR="$HOME/workspace/$dir/\${3:-.git}"
${CHECK_DIR}${ENVIRONMENT}
cd -- "$root/$dir/$path" || exit 1
export GIT_WORK_TREE="$PWD" GIT_LITERAL_PATHSPECS=1
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
