#!/bin/bash
# Makes ROOT this process's whole file system, with a machine's devices, and runs a command in it.
# usage: enter.sh ROOT ACCOUNT HOME [NAME=VALUE…] -- COMMAND…    In mount and process namespaces of its own.
# A chroot would not do: the kernel refuses user namespaces in one, and an ordinary user's image build needs them.
set -euo pipefail

root=$1
shift
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys" 2>/dev/null || mount --rbind /sys "$root/sys"
mount -t tmpfs -o mode=0755 tmpfs "$root/dev"
node() {
  mknod "$root/dev/$1" c "$2" "$3"
  chmod "$4" "$root/dev/$1"
}
node null 1 3 0666
node zero 1 5 0666
node full 1 7 0666
node random 1 8 0666
node urandom 1 9 0666
node tty 5 0 0666
# As udev makes them on a desktop.
node fuse 10 229 0666
if [[ -e /dev/kvm ]]; then
  node kvm 10 232 0660
  # The group that QEMU's package will make; Debian gives it no fixed number, so it is made now.
  chroot "$root" groupadd --system --force kvm
  chroot "$root" chgrp kvm /dev/kvm
fi
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
ln -s /proc/self/fd/0 "$root/dev/stdin"
ln -s /proc/self/fd/1 "$root/dev/stdout"
ln -s /proc/self/fd/2 "$root/dev/stderr"

cd "$root"
mkdir -p .old
pivot_root . .old
cd /
umount -l /.old
rmdir /.old
exec /bin/bash /inside.sh "$@"
