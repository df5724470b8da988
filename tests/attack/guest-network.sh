#!/bin/bash
# The network of a VM, in namespaces that an ordinary user can make: a guest with the accounts root, vmadmin (2000) and
# agent (1000), and around it one machine that plays the host, its networks and the internet.
# A command finds a container's process id in CONTAINER.
# usage: guest-network.sh STEP DIRECTORY SERVER. STEP is lima/provision/85-profile.sh; its inputs lie in DIRECTORY, and
# its rules are written there. Reads lines "SETPRIV-OPTIONS|COMMAND", runs each in the guest and says "code N".
set -euo pipefail
export PATH="$PATH:/usr/sbin:/sbin"

if [ "${GUEST_NETWORK:-}" != 1 ]; then
  export GUEST_NETWORK=1
  exec unshare --user --map-root-user --map-auto --net --pid --fork --kill-child --mount-proc bash "$0" "$@"
fi

step=$1 directory=$2 server=$3

# The step's own functions, with its files elsewhere and the accounts of a guest.
{
  sed -e '/^case \$profile in/,$d' -e "s#/etc/agent-vm#$directory#g" "$step"
  cat << 'STUBS'
id() {
  case "${@: -1}" in
    root) echo 0 ;;
    vmadmin) echo 2000 ;;
    systemd-resolve) echo 991 ;;
    *) return 1 ;;
  esac
}
write_rules
STUBS
} | bash -s -- "$directory"

unshare --net sleep infinity &
outside=$!
until [ "$(readlink "/proc/$outside/ns/net")" != "$(readlink /proc/self/ns/net)" ]; do :; done
around() { nsenter --target "$outside" --net "$@"; }

ip link set lo up
ip link add guest0 type veth peer name host0 netns "$outside"
ip address add 192.168.5.15/24 broadcast + dev guest0
ip address add fec0::15/64 dev guest0 nodad
ip link set guest0 up
around ip link set lo up
around ip address add 192.168.5.2/24 broadcast + dev host0
around ip address add fec0::2/64 dev host0 nodad
around ip address add fe80::2/64 dev host0 nodad
around ip link set host0 up
# A LAN, the metadata service, a carrier's shared range, a public network of the host's, the internet.
for address in 10.77.0.2 169.254.169.254 100.64.0.2 198.51.100.7 1.1.1.1; do
  around ip address add "$address/32" dev lo
done
for address in fd00::2 64:ff9b::c0a8:502 2606:4700::1111; do
  around ip address add "$address/128" dev lo nodad
done
ip route add default via 192.168.5.2
ip -6 route add default via fec0::2

# A container with a network of its own that the guest routes for, as Docker's.
unshare --net sleep infinity &
export CONTAINER=$!
until [ "$(readlink "/proc/$CONTAINER/ns/net")" != "$(readlink /proc/self/ns/net)" ]; do :; done
ip link add docker0 type veth peer name eth0 netns "$CONTAINER"
ip address add 10.88.0.1/16 dev docker0
ip link set docker0 up
echo 1 > /proc/sys/net/ipv4/ip_forward
nsenter --target "$CONTAINER" --net sh -c 'ip address add 10.88.0.2/16 dev eth0; ip link set eth0 up; ip route add default via 10.88.0.1'
around ip route add 10.88.0.0/16 via 192.168.5.15

coproc SERVER { around "$NODE" "$server" < /dev/null; }
read -r _ <&"${SERVER[0]}"
echo ready
while IFS='|' read -r options command; do
  code=0
  # shellcheck disable=SC2086
  setpriv $options bash -c "$command" < /dev/null > /dev/null 2>&1 || code=$?
  echo "code $code"
done
