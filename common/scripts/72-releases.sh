#!/bin/bash
# Single programs from their projects' releases, each checked against its pinned hash. Input: versions
set -euo pipefail
inputs=$1
# shellcheck source=common/scripts/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

architecture=$(dpkg --print-architecture)
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
while read -r name hash url; do
  if fetch "$url" "$hash" "$work/$name"; then
    install -m 0755 "$work/$name" "/usr/local/bin/$name"
  else
    failed "$name" "$(source_url "$url")"
  fi
done < <(entries "$inputs/versions" | awk -v arch="$architecture" '$1 != "node" && $1 != "npm" && $3 == arch { print $1, $4, $5 }')
