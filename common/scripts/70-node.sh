#!/bin/bash
# Node.js and npm, for everybody, from their builds on npm's registry. Input: versions
set -euo pipefail
inputs=$1
# shellcheck source=common/scripts/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

architecture=$(dpkg --print-architecture)
place=/usr/local/lib/agent-vm
mkdir -p "$place"
# What an earlier run left when it was ended hard.
rm -rf -- "$place"/.unpacking.*
# Beside its place, so that a directory arrives there whole, by its name alone.
work=$(mktemp -d -p "$place" .unpacking.XXXXXX)
trap 'rm -rf -- "$work"' EXIT

# unpack NAME: into a directory named by its version, whole or not at all. Prints the directory.
unpack() {
  local version hash url
  read -r version hash url < <(entries "$inputs/versions" | awk -v name="$1" -v arch="$architecture" \
    '$1 == name && ($3 == arch || $3 == "all") { print $2, $4, $5 }')
  local directory=$place/$1-$version
  if [ ! -d "$directory" ]; then
    fetch "$url" "$hash" "$work/$1.tgz" || return 1
    # `set -e` ends nothing in a function whose result is looked at.
    mkdir "$work/$1" || return 1
    tar --extract --gzip --no-same-owner --strip-components=1 --directory "$work/$1" --file "$work/$1.tgz" || return 1
    # A VM that is ended hard a moment later must not find a directory with empty files.
    sync --file-system "$work" || return 1
    mv -T -- "$work/$1" "$directory" || return 1
  fi
  printf '%s\n' "$directory"
}

node=$(unpack node) || { failed node "$(source_url https://registry.npmjs.org/)"; exit 0; }
npm=$(unpack npm) || { failed npm "$(source_url https://registry.npmjs.org/)"; exit 0; }
ln -sfn "$node/bin/node" /usr/local/bin/node
ln -sfn "$npm/bin/npm-cli.js" /usr/local/bin/npm
ln -sfn "$npm/bin/npx-cli.js" /usr/local/bin/npx
chmod 0755 "$npm/bin/npm-cli.js" "$npm/bin/npx-cli.js"
# The versions before these.
for old in "$place"/node-* "$place"/npm-*; do
  [ "$old" = "$node" ] || [ "$old" = "$npm" ] || rm -rf -- "$old"
done
