#!/usr/bin/env bash
# Runs a command as an ordinary user who exists nowhere else: as-user.sh SCRATCH CHECKOUT COMMAND…
# Root calls it. In a mount and process namespace of its own it adds an account, a /dev/fuse for everyone (as udev
# makes it) and a view of the checkout at SCRATCH/checkout; nothing of the machine changes, and all ends with it.
set -euo pipefail

if [ "${AS_USER_INSIDE:-}" != 1 ]; then
  AS_USER_INSIDE=1 exec unshare --mount --propagation private --pid --fork --kill-child --mount-proc bash "$0" "$@"
fi

scratch=$1 checkout=$2
shift 2
name=avmtest
uid=61184
while getent passwd "$uid" >/dev/null || getent group "$uid" >/dev/null; do uid=$((uid + 1)); done

mkdir "$scratch/etc" "$scratch/dev" "$scratch/checkout" "$scratch/home" "$scratch/tmp"

# add FILE LINE: the account's line in a copy of the file, laid over the file.
add() {
  [ -e "/etc/$1" ] || return 0
  cp -p "/etc/$1" "$scratch/etc/$1"
  printf '%s\n' "$2" >>"$scratch/etc/$1"
  mount --bind "$scratch/etc/$1" "/etc/$1"
}
add passwd "$name:x:$uid:$uid::$scratch/home:/bin/bash"
add group "$name:x:$uid:"
add shadow "$name:*:19000:0:99999:7:::"
add subuid "$name:$((uid * 65536)):65536"
add subgid "$name:$((uid * 65536)):65536"

# What this machine's git is told for all its users (git-lfs sets itself up there) is not what is tested.
: >"$scratch/etc/gitconfig"
[ ! -e /etc/gitconfig ] || mount --bind "$scratch/etc/gitconfig" /etc/gitconfig

# A temporary directory may be mounted nodev, so the node gets a file system of its own.
mount -t tmpfs -o mode=0755 tmpfs "$scratch/dev"
mknod -m 0666 "$scratch/dev/fuse" c 10 229
mount --bind "$scratch/dev/fuse" /dev/fuse

# systemd mounts it everywhere; containers may lack it.
if [ -d /sys/fs/fuse/connections ] && ! grep -q ' fusectl ' /proc/self/mountinfo; then
  mount -t fusectl fusectl /sys/fs/fuse/connections
fi

# An ordinary user's sshd gives out terminals only where they belong to the group tty, as systemd mounts them.
if ! grep -q ' /dev/pts .* - devpts .*gid=5' /proc/self/mountinfo; then
  mount -t devpts -o newinstance,gid=5,mode=620,ptmxmode=666 devpts /dev/pts
  mount --bind /dev/pts/ptmx /dev/ptmx
fi

# The checkout may lie below a directory that only root can enter.
mount --bind "$checkout" "$scratch/checkout"
chown -R "$uid:$uid" "$scratch/home" "$scratch/tmp" "$scratch/out"
cd "$scratch/checkout"

keep=(PATH="$PATH" HOME="$scratch/home" TMPDIR="$scratch/tmp" USER="$name" LOGNAME="$name" LANG=C.UTF-8)
for variable in CI TERM NO_COLOR FORCE_COLOR AGENT_VM_REQUIRE_ALL AGENT_VM_TEST_CACHE AGENT_VM_MODEL_CHILD AGENT_VM_MODEL_KEEP AGENT_VM_TEST_GITLEAKS AGENT_VM_TEST_ONE_SECOND; do
  [ -z "${!variable:-}" ] || keep+=("$variable=${!variable}")
done
# Not exec: this shell is the namespace's first process and must reap what the tests leave behind.
status=0
setpriv --reuid "$uid" --regid "$uid" --clear-groups --inh-caps=-all env -i "${keep[@]}" "$@" || status=$?
exit "$status"
