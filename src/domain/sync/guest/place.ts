// Which repository of a workspace a transfer is about, and by what name it goes on its way. Pure.
import { LINKED } from "../../submodules/guest/common.ts";

/** "own": the workspace's; "save": the scratch repository of a save; else a submodule's git directory, by the rules. */
export type Place = "own" | "save" | `.git/modules/${string}`;

/** A repository in the guest. */
export interface GuestRepository {
  dir: string;
  place: Place;
  /** Of the attempt of a restore that builds the workspace. */
  mark?: string;
}

/**
 * Needs $root, $dir, $which (a Place) and $mark (the attempt of a restore that builds the workspace, or nothing). Sets $git_dir and
 * $spot, a name for what lies beside the workspaces while it is on its way: no workspace has a "+" in its own. in_it is
 * git there, whatever has become of a submodule's files.
 */
export const AT_PLACE = `
${LINKED}
case $mark in *[!0-9a-f]*) exit 64 ;; esac
top=$root/\${mark:+.agent-vm.new.-$mark-}$dir spot=$dir
case $which in
  own) git_dir=$top/.git ;;
  save) top=$root/.agent-vm.save.$dir git_dir=$top ;;
  .git/modules/*)
    if linked "$which"; then exit 65; fi
    git_dir=$top/$which spot=$dir+$(printf %s "$which" | sha256sum | head -c 16)
    ;;
  *) exit 64 ;;
esac
[ ! -L "$top" ] && [ ! -L "$git_dir" ] || exit 65
in_it() { git --git-dir="$git_dir" --work-tree="$git_dir" "$@"; }
`;
