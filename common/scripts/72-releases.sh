#!/bin/bash
# Single programs from their projects' releases, each checked against its pinned hash. Input: versions
set -euo pipefail
inputs=$1
# shellcheck source=common/scripts/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

architecture=$(dpkg --print-architecture)
place=/usr/local/lib/agent-vm
mkdir -p "$place"
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
while read -r name version hash url; do
  program=$place/$name-$version
  if [ ! -x "$program" ]; then
    # `install` gives the mode last, so what can be run is whole.
    if ! { fetch "$url" "$hash" "$work/$name" && install -m 0755 "$work/$name" "$program"; }; then
      failed "$name" "$(source_url "$url")"
      continue
    fi
  fi
  ln -sfn "$program" "/usr/local/bin/$name"
  for old in "$place/$name"-*; do [ "$old" = "$program" ] || rm -f -- "$old"; done
done < <(entries "$inputs/versions" | awk -v arch="$architecture" '$1 != "node" && $1 != "npm" && $3 == arch { print $1, $2, $4, $5 }')
