#!/bin/sh
# Turns a root directory's tar on standard input into disk.raw, boot/vmlinuz and boot/initrd.img below DIR.
# usage: pack.sh DIR    Runs as root, be it root of a user namespace.
set -eu

dir=$1
root=$dir/root
mkdir "$root" "$dir/boot"
# No device nodes: an ordinary user's root cannot make them, and the kernel brings its own.
tar --extract --directory "$root" --numeric-owner --xattrs --xattrs-include='*' --exclude='./dev/*'

# What must differ between copies is made at the first boot; what came from the building host goes.
rm -f "$root"/etc/ssh/ssh_host_* "$root/etc/hostname"
: >"$root/etc/machine-id"
ln -sf ../run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"

install -m 0644 "$root"/boot/vmlinuz-* "$dir/boot/vmlinuz"
install -m 0644 "$root"/boot/initrd.img-* "$dir/boot/initrd.img"

truncate -s 4G "$dir/disk.raw"
mkfs.ext4 -q -F -L root -d "$root" "$dir/disk.raw"
rm -rf "$root"
