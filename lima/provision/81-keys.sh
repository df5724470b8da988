#!/bin/bash
# Who may log in as the agent: this host's key alone. Not in the base, for another VM may have another key.
# Input: authorized_keys
set -euo pipefail
inputs=$1

# Below its home the agent's links may point anywhere, so root writes nothing there.
runuser -u agent -- env -i -C /home/agent HOME=/home/agent PATH=/usr/bin:/bin sh -c '
  umask 077
  mkdir -p .ssh && chmod 0700 .ssh
  cat > .ssh/authorized_keys.new && mv -fT .ssh/authorized_keys.new .ssh/authorized_keys
' < "$inputs/authorized_keys"
