#!/bin/bash
# The host's extra certificate authorities, so that TLS works behind a proxy with its own. Input: ca/*.crt
set -euo pipefail
inputs=$1

store=/usr/local/share/ca-certificates/agent-vm
rm -rf -- "$store"
if [ -d "$inputs/ca" ]; then
  install -d -m 0755 "$store"
  install -m 0644 "$inputs"/ca/*.crt "$store"/
fi
if command -v update-ca-certificates > /dev/null; then
  update-ca-certificates > /dev/null
fi
