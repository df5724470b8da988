#!/bin/sh
# Builds a Debian 13 disk image, with its kernel and initrd beside it, from Debian's packages.
# usage: build.sh OUT ARCH MIRROR
#   OUT: an existing empty directory; ARCH: Debian's name of it (amd64, arm64); MIRROR: url of Debian's archive
# Works as root, and as an ordinary user with subordinate uids. Needs mmdebstrap, mkfs.ext4, qemu-img and tar.
set -eu

out=$1 arch=$2 mirror=$3
here=$(cd "$(dirname "$0")" && pwd)
suite=trixie
# Debian's mirrors have the security archive beside the main one.
security=${mirror%/*}/debian-security
PATH=$PATH:/usr/sbin:/sbin
export PATH

if [ "$(id -u)" = 0 ]; then
  mode=root
  as_root() { "$@"; }
else
  mode=unshare
  as_root() { mmdebstrap --unshare-helper "$@"; }
fi

# An ordinary user's build works under other uids, which must reach `share` but nobody can guess its name.
# Not /tmp: that may be memory, and a gigabyte is needed.
umask 022
work=$(mktemp -d "${AGENT_VM_BUILD_TMP:-/var/tmp}/agent-vm-image.XXXXXXXX")
share=$(mktemp -d "$work/XXXXXXXXXXXXXXXX")
trap 'as_root rm -rf "$share"/root "$share"/disk.raw "$share"/boot; rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
chmod 0711 "$work"
chmod 1777 "$share"
cp "$here/hold-kernel.sh" "$here/pack.sh" "$share"
chmod 0755 "$share"/*.sh

packages=$(sed -e '/^#/d' -e '/^$/d' -e "s/ARCH/$arch/" "$here/packages.txt" | paste -s -d , -)

echo "I: installing Debian $suite ($arch) from $mirror"
TMPDIR=$share mmdebstrap --mode="$mode" --variant=minbase --format=tar --architectures="$arch" \
  --include="$packages" --customize-hook="$share/hold-kernel.sh" "$suite" "$work/root.tar" \
  "deb $mirror $suite main" "deb $mirror $suite-updates main" "deb $security $suite-security main"

echo "I: making the file system"
as_root sh "$share/pack.sh" "$share" <"$work/root.tar"

echo "I: writing the image"
qemu-img convert -O qcow2 "$share/disk.raw" "$out/disk.qcow2"
cp "$share/boot/vmlinuz" "$share/boot/initrd.img" "$out"
chmod 0644 "$out"/*
