#!/bin/bash
# The agent's home: files put there by the agent's own account, and what goes with them in root's places.
# Inputs: home/home.tar, home/manifest (lines of "sha256  path"), home/create-only (paths), home/aliases (on or off),
# home/plugins, home/unpack.sh
# Prints "note: ..." for what the user should read.
set -euo pipefail
inputs=$1/home

share=/usr/local/share/agent-vm
install -d -m 0755 "$share"
install -m 0644 "$inputs/plugins" "$share/plugins.txt"
# Gemini CLI reads such defaults only from places that are root's.
gemini_login() { printf '{ "security": { "auth": { "selectedType": "%s" } } }\n' "$1" > "$share/$2"; }
gemini_login gemini-api-key gemini-key.json
gemini_login vertex-ai gemini-vertex.json
chmod 0644 "$share"/gemini-*.json

if [ "$(cat "$inputs/aliases")" = on ]; then
  for name in claude codex copilot gemini opencode; do
    printf "alias %s='start-%s'\n" "$name" "$name"
  done > "$share/aliases.sh"
  chmod 0644 "$share/aliases.sh"
else
  rm -f -- "$share/aliases.sh"
fi

# Everything below HOME is the agent's: links there may point anywhere, so root neither reads nor writes it.
as_agent() { runuser -u agent -- env -i -C /home/agent HOME=/home/agent PATH=/usr/bin:/bin LC_ALL=C "$@"; }
as_agent bash -c "$(cat "$inputs/unpack.sh")" unpack "$(cat "$inputs/create-only")" < "$inputs/home.tar"
as_agent cat /home/agent/.local/state/agent-vm/home | cmp --silent - "$inputs/manifest" || {
  echo "The agent's home did not take the files: ~/.local/state/agent-vm/home is not what was sent." >&2
  exit 1
}
