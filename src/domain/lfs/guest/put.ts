// The parts of RESTORE_BUILD that give large files (Git LFS) their content back, without git-lfs. Pure.
import { WAITING } from "./objects.ts";

/**
 * Before files are written: those are among the "other" ones, which the index knows nothing of but their pointers. By the
 * time of a pointer git would take the content for a change. Needs $tmp, $tree, "differing" and "other".
 */
export const LARGE_APART = `
large=$(find_own large)
if [ -n "$large" ]; then
  git ls-tree -r -z --name-only "$tree^{tree}" | sort -z >"$tmp/of-tree"
  git cat-file blob "$large:paths" | sed -z 's/^[0-9a-f]* [0-9]* //' | sort -z | comm -z -12 - "$tmp/of-tree" >"$tmp/large"
  for list in differing other; do sort -zu -o "$tmp/$list" -- "$tmp/$list" "$tmp/large"; done
fi
`;

/**
 * Afterwards: the objects have come to the place of a workspace that is being made; from there they go into its store, and
 * each file is a copy of one; what is no file's now, but a commit's, goes along. A file that git took in no index comes once
 * more with the tar. All that the record names has come; a path that the list has beyond that keeps its pointer, and the
 * rest is restored. Needs $root and $dir, and is done in the new workspace.
 */
export const PUT_LARGE = `
waiting=$root/${WAITING}$dir
if [ -n "$large" ]; then
  git cat-file blob "$large:paths" | xargs -0 -r sh -c '
    waiting=$1
    shift
    for entry do
      oid=\${entry%% *} path=\${entry#* }
      path=./\${path#* } two=\${oid#??}
      object=.git/lfs/objects/\${oid%"$two"}/\${two%"\${two#??}"}/$oid
      case $oid in *[!0-9a-f]*) continue ;; esac
      case $path/ in */../*) continue ;; esac
      [ "\${#oid}" -eq 64 ] || continue
      mkdir -p -- "\${object%/*}" "\${path%/*}" || exit 255
      if [ ! -f "$object" ]; then mv -T -- "$waiting/\${object#.git/lfs/}" "$object" 2>/dev/null || continue; fi
      cp -T --reflink=auto -- "$object" "$path" || exit 255
    done' sh "$waiting"
fi
if [ -d "$waiting/objects" ]; then
  (cd -- "$waiting" && find objects -type f -print0) | xargs -0 -r sh -c '
    waiting=$1
    shift
    for object do
      [ ! -e ".git/lfs/$object" ] || continue
      mkdir -p -- ".git/lfs/\${object%/*}" && mv -T -- "$waiting/$object" ".git/lfs/$object" || exit 255
    done' sh "$waiting"
fi
rm -rf -- "$waiting"
`;
