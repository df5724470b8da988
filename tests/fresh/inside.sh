#!/bin/bash
# The first process of a fresh machine: runs the command as its user and ends, which ends everything else there.
# usage: inside.sh ACCOUNT HOME [NAME=VALUE…] -- COMMAND…
set -euo pipefail

account=$1 home=$2
shift 2
variables=()
while [[ $1 != -- ]]; do
  variables+=("$1")
  shift
done
shift
cd "$home/agent-vm"
path=/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games
[[ $account != root ]] || path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
code=0
# Not exec: this process stays to collect those that lose their parent.
setpriv --reuid "$account" --regid "$account" --init-groups env -i \
  HOME="$home" USER="$account" LOGNAME="$account" SHELL=/bin/bash LANG=C.UTF-8 \
  PATH="$path" "${variables[@]}" "$@" || code=$?
exit "$code"
