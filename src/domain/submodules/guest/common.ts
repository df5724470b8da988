// What the guest scripts about submodules share. Pure.

/**
 * linked <path below $top>: whether a part of the way is a link. Nothing of ours goes through one, or it would write
 * outside of the workspace.
 */
export const LINKED = `
linked() {
  way=$1 place=$top
  while [ -n "$way" ]; do
    place=$place/\${way%%/*}
    case $way in */*) way=\${way#*/} ;; *) way= ;; esac
    [ ! -L "$place" ] || return 0
  done
  return 1
}
`;

/** What the commit was that we last checked out in a submodule: where HEAD is that, it moved by nobody's hand. */
export const SETTLED = "refs/agent-vm/settled";

/** In a workspace's git directory: its submodules were checked out once, as far as they travel. */
export const FILLED = "agent-vm.filled";

/** busy: whether git or its user is in the middle of something. Needs $git. */
export const BUSY = `
busy() {
  for sign in MERGE_HEAD rebase-merge rebase-apply CHERRY_PICK_HEAD REVERT_HEAD BISECT_LOG index.lock; do
    if [ -e "$git/$sign" ]; then return 0; fi
  done
  return 1
}
`;
