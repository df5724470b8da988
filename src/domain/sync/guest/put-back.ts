// The constant script that puts a directory of no repository back where it was. Pure.

/**
 * Arguments: its path below the agent's home as far as text can tell it, and of how many names it consists. Standard
 * input: a tar of that one path, relative to the home. Fails with 66 when something is there.
 *
 * The path's bytes are taken from the tar. It is unpacked apart and renamed, so that it is there as a whole or not.
 */
export const PUT_BACK = `
set -eu
export LC_ALL=C
path=$1 depth=$2
case /$path/ in */../* | */./* | *//*) exit 64 ;; esac
if [ -e "$HOME/$path" ] || [ -L "$HOME/$path" ]; then exit 66; fi
new=$(mktemp -d -p "$HOME" .agent-vm.new.XXXXXXXX)
trap 'chmod -R u+rwX -- "$new" 2>/dev/null || :; rm -rf -- "$new"' EXIT
tar -x -f - --no-same-owner -p -C "$new"
below=
while [ "$depth" -gt 0 ]; do
  one=
  for name in "$new$below"/* "$new$below"/.[!.]* "$new$below"/..?*; do
    if [ ! -e "$name" ] && [ ! -L "$name" ]; then continue; fi
    [ -z "$one" ] || exit 65
    one=$name
  done
  [ -n "$one" ] || exit 65
  below=$below/\${one##*/}
  depth=$((depth - 1))
done
at=$HOME$below
if [ -e "$at" ] || [ -L "$at" ]; then exit 66; fi
mkdir -p -- "\${at%/*}"
mv -T -- "$new$below" "$at"
sync -f -- "$at"
`;
