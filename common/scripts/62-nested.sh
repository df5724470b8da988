#!/bin/bash
# QEMU and Lima inside the VM, where the CPU offers virtualisation to the guest.
# Inputs: apt-nested; limactl (a binary for this architecture) or limactl-module/ (to build it from)
set -euo pipefail
inputs=$1
# shellcheck source=common/scripts/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

# arm64 says nothing in cpuinfo; there the kernel's own device tells.
if ! grep -q -E -w 'vmx|svm' /proc/cpuinfo && [ ! -e /dev/kvm ]; then
  echo "this CPU offers no virtualisation to the guest: nothing to install"
  exit 0
fi

architecture=$(dpkg --print-architecture)
readarray -t packages < <(entries "$inputs/apt-nested" | awk -v arch="$architecture" 'NF == 1 || $2 == arch { print $1 }')
install_packages "${packages[@]}"
usermod --append --groups kvm agent

if [ -f "$inputs/limactl" ]; then
  install -m 0755 "$inputs/limactl" /usr/local/bin/limactl.new
elif command -v go > /dev/null; then
  work=$(mktemp -d)
  trap 'chmod -R u+w "$work"; rm -rf -- "$work"' EXIT
  cp -r "$inputs/limactl-module" "$work/module"
  ( cd "$work/module" && HOME=$work GOPATH=$work/go GOCACHE=$work/cache CGO_ENABLED=0 \
    go build -trimpath -o /usr/local/bin/limactl.new github.com/lima-vm/lima/v2/cmd/limactl ) ||
    { failed limactl "Go's module proxy"; exit 0; }
else
  failed limactl "needs Go, which is missing"
  exit 0
fi
mv -f /usr/local/bin/limactl.new /usr/local/bin/limactl
