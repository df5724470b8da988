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
# wanted PACKAGE: it is not there, or in another version than it asks for.
wanted() {
  local found name=$1 version=
  case ${1#?} in *@*) name=${1%@*} version=${1##*@} ;; esac
  found=$(as_agent node -p 'require(process.argv[1]).version' "/home/agent/.local/lib/node_modules/$name/package.json" 2> /dev/null || true)
  [ -z "$found" ] || { [ -n "$version" ] && [ "$found" != "$version" ]; }
}
packages=()
while read -r package _; do
  if wanted "$package"; then packages+=("$package"); fi
done < <(entries "$inputs/npm-packages")
[ "${#packages[@]}" -gt 0 ] || exit 0

# All at once is quicker; when that fails, each alone, so that one that cannot be had costs one.
if ! install_agents "${packages[@]}"; then
  for package in "${packages[@]}"; do
    install_agents "$package" || failed "$package" "$registry"
  done
fi
as_agent npm cache clean --force --loglevel=error
