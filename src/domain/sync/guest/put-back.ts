// The constant script that puts a directory of no repository back where it was. Pure.

/**
 * Argument: its path below the agent's home. Standard input: a tar whose names begin with the last part of that path.
 * Fails with 66 when something is there. It is unpacked beside its place and renamed, so that it is there as a whole.
 */
export const PUT_BACK = `
set -eu
export LC_ALL=C
path=$1
case /$path/ in */../* | */./* | *//*) exit 64 ;; esac
at=$HOME/$path
if [ -e "$at" ] || [ -L "$at" ]; then exit 66; fi
above=\${at%/*} name=\${at##*/}
mkdir -p -- "$above"
new=$(mktemp -d -p "$above" .agent-vm.new.XXXXXXXX)
trap 'rm -rf -- "$new"' EXIT
tar -x -f - --no-same-owner -p -C "$new"
[ -e "$new/$name" ] || [ -L "$new/$name" ]
if [ -e "$at" ] || [ -L "$at" ]; then exit 66; fi
mv -T -- "$new/$name" "$at"
`;
