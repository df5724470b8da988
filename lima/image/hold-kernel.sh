#!/bin/sh
# Keeps the guest's kernel as it is: it is booted from a copy beside the image, and its modules must fit.
# usage: hold-kernel.sh ROOT
set -eu

# shellcheck disable=SC2016 # dpkg-query's own variable
chroot "$1" dpkg-query --show --showformat '${Package}\n' 'linux-image-*' | chroot "$1" xargs apt-mark hold

# Nothing boots from the initrd inside, so no package need make it anew, which takes a minute under emulation.
sed -i 's/^update_initramfs=.*/update_initramfs=no/' "$1/etc/initramfs-tools/update-initramfs.conf"
