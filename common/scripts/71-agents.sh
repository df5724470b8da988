#!/bin/bash
# The coding agents, as npm packages in the agent account's own prefix. Input: npm-packages
set -euo pipefail
inputs=$1
# shellcheck source=common/scripts/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

registry=$(source_url https://registry.npmjs.org/)
command -v npm > /dev/null || { failed "the agents" "npm is missing"; exit 0; }

# What agents install by `npm install -g` goes to the same place.
as_agent npm config set --location=user prefix /home/agent/.local
if [ "$registry" != https://registry.npmjs.org/ ]; then
  as_agent npm config set --location=user registry "$registry"
fi

install_agents() {
  as_agent npm install --global --prefix /home/agent/.local --registry "$registry" --no-audit --no-fund --loglevel=error "$@"
}
readarray -t packages < <(entries "$inputs/npm-packages" | awk '{ print $1 }')
if ! install_agents "${packages[@]}"; then
  for package in "${packages[@]}"; do
    install_agents "$package" || failed "$package" "$registry"
  done
fi
