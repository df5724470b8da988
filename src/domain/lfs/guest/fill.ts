// The constant script that makes files of the pointers in a workspace's tree, where their content is there. Pure.
import { LINKED } from "../../submodules/guest/common.ts";
import { CHECK_DIR, ENVIRONMENT } from "../../sync/guest/common.ts";
import { UNFILLED } from "./objects.ts";

/**
 * Arguments: the directory; for a submodule its git directory and its path. Answer: "absent" without git-lfs, else
 * "done". Only a tracked file that is a pointer on the disk is written anew, by the agent's own filter; one that was
 * deleted stays so. Nothing is asked of a server.
 */
export const FILL = `
set -eu
dir=$1 git_dir=\${2:-.git} path=\${3:-.}
${CHECK_DIR}${ENVIRONMENT}${LINKED}
top=$root/$dir
if [ $# -gt 1 ] && { linked "$git_dir" || linked "$path"; }; then exit 64; fi
command -v git-lfs >/dev/null || {
  mkdir -p "$top/$git_dir/lfs"
  : >"$top/$git_dir/lfs/${UNFILLED}"
  printf 'absent\\0'
  exit 0
}
cd -- "$top/$path"
export GIT_DIR="$top/$git_dir" GIT_WORK_TREE="$PWD"
if ! git config --get-regexp '^filter\\.lfs\\.(process|clean)$' >/dev/null; then
  git config filter.lfs.clean 'git-lfs clean -- %f'
  git config filter.lfs.smudge 'git-lfs smudge -- %f'
  git config filter.lfs.process 'git-lfs filter-process'
  git config filter.lfs.required true
fi
list=$(mktemp -p /dev/shm 2>/dev/null || mktemp)
trap 'rm -f -- "$list"' EXIT
git ls-files -z | git check-attr -z --stdin filter | perl -e '
  $/ = "\\0";
  while (defined(my $path = <STDIN>)) {
    scalar <STDIN>;
    (my $value = <STDIN>) =~ s/\\0\\z//;
    chomp $path;
    next unless $value eq "lfs" && lstat "./$path" && -f _ && -s _ <= 140;
    open my $file, "<:raw", "./$path" or next;
    my $text = do { local $/; <$file> };
    $text =~ m{\\Aversion https://git-lfs\\.github\\.com/spec/v1\\noid sha256:(..)(..)([0-9a-f]{60})\\nsize (\\d+)\\n\\z} or next;
    next unless -s "$ENV{GIT_DIR}/lfs/objects/$1/$2/$1$2$3" == $4;
    # git leaves alone what looks unchanged by its time.
    utime 1, 1, "./$path";
    print "$path\\0";
  }' >"$list"
if [ -s "$list" ]; then git checkout-index -q -f -u -z --stdin <"$list"; fi
rm -f -- "$GIT_DIR/lfs/${UNFILLED}"
printf 'done\\0'
`;
