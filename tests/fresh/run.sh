#!/bin/bash
# A truly fresh machine: types the README's first command in a Debian 13 that has only git, sudo, Node.js and
# certificates, as root or as an ordinary user with sudo. Shares nothing with this host but the network.
# usage: run.sh root|user [COMMAND…]    Needs root, mmdebstrap, unshare. Ends with the command's exit code.
#   AGENT_VM_WITHOUT, AGENT_VM_VCPU, AGENT_VM_MEMORY: handed on
#   AGENT_VM_FRESH_SUITE: trixie (the default), or bookworm, to which this host's newer Node.js is copied
set -euo pipefail

who=${1:-}
[[ $who == root || $who == user ]] || { echo "usage: run.sh root|user [COMMAND…]" >&2; exit 2; }
shift
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
checkout=$(cd "$here/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/agent-vm-tests
suite=${AGENT_VM_FRESH_SUITE:-trixie}
include=git,sudo,ca-certificates
[[ $suite == bookworm ]] || include+=,nodejs,npm
[[ $(id -u) == 0 ]] || { echo "run.sh: this needs root, to make a machine's devices." >&2; exit 2; }

# The tar that every fresh machine begins as; made once, also when two begin at the same time.
tar=$cache/fresh-$suite-$(dpkg --print-architecture).tar
mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
if [[ ! -f $tar ]]; then
  echo "fresh machine: making its root file system"
  mmdebstrap --quiet --format=tar --mode=root --variant=minbase --include="$include" "$suite" "$tar.$$"
  mv "$tar.$$" "$tar"
fi
exec 9>&-

# Not /tmp: that may be memory.
work=$(mktemp -d "${AGENT_VM_BUILD_TMP:-/var/tmp}/agent-vm-fresh.XXXXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
root=$work/root
mkdir "$root"
tar --extract --file "$tar" --directory "$root" --numeric-owner --xattrs --xattrs-include='*' --exclude='./dev/*'

# The network's settings and authorities are the host's; nothing else is.
cp /etc/resolv.conf "$root/etc/resolv.conf"
echo "127.0.0.1 localhost $(hostname)" >"$root/etc/hosts"
cp -r /usr/local/share/ca-certificates/. "$root/usr/local/share/ca-certificates/"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
# As a booted system has it; fusermount3 wants it.
ln -sf ../proc/self/mounts "$root/etc/mtab"
if [[ $suite == bookworm ]]; then
  cp -L "$(command -v node)" "$root/usr/local/bin/node"
  mkdir -p "$root/usr/local/lib/node_modules"
  cp -r "$(npm root --global 2>/dev/null)/npm" "$root/usr/local/lib/node_modules/"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
fi
if [[ $who == user ]]; then
  account=dev home=/home/dev
  chroot "$root" useradd --create-home --shell /bin/bash dev
  echo 'dev ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/dev"
else
  account=root home=/root
fi
git clone --quiet --no-hardlinks "$checkout" "$root$home/agent-vm"
chroot "$root" chown -R "$account:" "$home/agent-vm"
cp "$here/inside.sh" "$root/inside.sh"

[[ $# -gt 0 ]] || set -- ./agent-vm connect first-branch --yes -- git log -1
echo "fresh machine: as $account: $*"
started=$SECONDS code=0
# Its processes end with it: they live in a process namespace whose first process is the script.
unshare --mount --pid --ipc --fork --kill-child --propagation private \
  env -i PATH="$PATH" "$here/enter.sh" "$root" "$account" "$home" \
  ${NODE_EXTRA_CA_CERTS:+NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt} \
  ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} \
  ${no_proxy:+no_proxy="$no_proxy"} \
  ${AGENT_VM_WITHOUT:+AGENT_VM_WITHOUT="$AGENT_VM_WITHOUT"} \
  ${AGENT_VM_VCPU:+AGENT_VM_VCPU="$AGENT_VM_VCPU"} ${AGENT_VM_MEMORY:+AGENT_VM_MEMORY="$AGENT_VM_MEMORY"} \
  -- "$@" || code=$?
echo "fresh machine: $who ended with $code after $((SECONDS - started)) s"
if [[ $code != 0 ]]; then
  # What an issue report would need.
  for log in "$root$home"/.local/state/agent-vm/vm/*/logs/*.log; do
    [[ -f $log ]] || continue
    echo "== ${log#"$root"}"
    tail -n 40 "$log"
  done
fi
exit "$code"
