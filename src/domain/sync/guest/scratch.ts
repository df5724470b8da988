// How the scratch of a save goes, also while a command that was cut off is still at work in it. Pure.

export const EMPTY = `
empty() {
  if [ -L "$1" ] || [ -f "$1" ]; then rm -f -- "$1"; return; fi
  [ -d "$1" ] || return 0
  rm -rf -- "$1" 2>/dev/null || { chmod -R u+rwX -- "$1"; rm -rf -- "$1"; }
}
`;

/**
 * drop: deletes a scratch repository. It is renamed before: whoever still writes there by its path finds nothing, and
 * ends. Needs $root.
 */
export const DROP = `${EMPTY}
drop() {
  [ -e "$1" ] || [ -L "$1" ] || return 0
  gone=$(mktemp -d -- "$root/.agent-vm.trash.save.XXXXXX") && mv -T -- "$1" "$gone/save" && empty "$gone"
}
`;
