#!/bin/bash
# The host's extra certificate authorities, so that TLS works behind a proxy with its own. Input: ca/*.crt
set -euo pipefail
inputs=$1

store=/usr/local/share/ca-certificates/agent-vm
# Most hosts have none, and going through the whole store takes seconds.
[ -d "$inputs/ca" ] || [ -d "$store" ] || exit 0

rm -rf -- "$store"
if [ -d "$inputs/ca" ]; then
  install -d -m 0755 "$store"
  install -m 0644 "$inputs"/ca/*.crt "$store"/
fi
# Where the package is still missing, its installation does this.
if command -v update-ca-certificates > /dev/null; then
  update-ca-certificates > /dev/null
fi
