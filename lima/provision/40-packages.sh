#!/bin/bash
# Debian packages the workspaces need. Input: apt-core. No network is needed when all are there.
set -euo pipefail
inputs=$1

missing=()
while read -r package; do
  case $package in '' | '#'*) continue ;; esac
  status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2> /dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done < "$inputs/apt-core"
[ "${#missing[@]}" -gt 0 ] || exit 0

echo "installing: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
# A first boot may still hold the lock with its own update.
apt-get -o DPkg::Lock::Timeout=300 update
apt-get -o DPkg::Lock::Timeout=300 install --yes --no-install-recommends "${missing[@]}"
