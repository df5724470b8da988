#!/bin/bash
# What the agent's account may do: "guarded" (no root, a firewall of our own) or "open" (root, network as it comes).
# Inputs: profile; host-networks4, host-networks6 (public networks the host is part of, one a line)
set -euo pipefail
inputs=$1
profile=$(cat "$inputs/profile")

unit=agent-vm-guard.service
rules=/etc/agent-vm/guard.nft
beside=nftables.service.d
sudoers=/etc/sudoers.d/90-agent-vm-agent
docker_link=/etc/tmpfiles.d/agent-vm-docker.conf

# Groups that give no power over the VM. Membership in any other (docker, sudo, disk, adm ...) ends with this step.
HARMLESS=" agent users kvm "
# Accounts that may reach the host's networks: administration, the resolver, the clock, DHCP.
TRUSTED=(root vmadmin systemd-resolve systemd-timesync systemd-network _chrony ntpsec)

docker=(docker.socket docker.service containerd.service)

has_unit() { systemctl cat -- "$1" > /dev/null 2>&1; }

leave_groups() {
  local group
  for group in $(id -nG agent); do
    [[ $HARMLESS == *" $group "* ]] || gpasswd --delete agent "$group" > /dev/null
  done
}

trusted_uids() {
  local name uids=()
  for name in "${TRUSTED[@]}"; do
    id "$name" > /dev/null 2>&1 && uids+=("$(id -u "$name")")
  done
  (IFS=, && echo "${uids[*]}")
}

# Networks as elements of a set, each followed by a comma.
networks() { sed 's/$/,/' "$inputs/host-networks$1"; }

write_rules() {
  install -d -m 0755 /etc/agent-vm
  cat > "$rules" << NFT
# Written by agent-vm (profile guarded). Every account but the named ones is kept from the host, its networks and
# everything else that is not the internet: also containers' subordinate uids, and accounts that come later.
table inet agent_vm
delete table inet agent_vm
table inet agent_vm {
  # Ranges kept for documentation and measurements stay open: networks with a resolver of their own hand them out
  # for names of the internet, and they are nobody's inner network.
  set inner4 {
    type ipv4_addr
    flags interval
    auto-merge
    elements = { $(networks 4) 0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12,
      192.0.0.0/24, 192.88.99.0/24, 192.168.0.0/16, 224.0.0.0/3 }
  }
  # All that is not global unicast (2000::/3), and what within it stands for something else, IPv4 addresses among it.
  set inner6 {
    type ipv6_addr
    flags interval
    auto-merge
    elements = { $(networks 6) ::/3, 2001::/23, 2002::/16, 4000::/2, 8000::/1 }
  }
  chain output {
    type filter hook output priority filter; policy accept;
    oifname "lo" accept
    meta skuid { $(trusted_uids) } accept
    ip daddr @inner4 goto refuse
    ip6 daddr @inner6 goto refuse
  }
  chain forward {
    type filter hook forward priority filter; policy accept;
    ip daddr @inner4 reject with icmpx admin-prohibited
    ip6 daddr @inner6 reject with icmpx admin-prohibited
  }
  chain refuse {
    # A packet with an owner comes from a process; "skuid" matches no packet without one.
    # (A connection is refused at once by a reset; a prohibition would let it try again for a second.)
    meta skuid 0-4294967295 meta l4proto tcp reject with tcp reset
    meta skuid 0-4294967295 reject with icmpx admin-prohibited
    # Without an owner: the kernel's answers to connections from outside, and what keeps the link alive.
    ct state established,related accept
    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit, mld-listener-report, mld2-listener-report } accept
    meta l4proto igmp accept
    drop
  }
}
NFT
  nft --check --file "$rules"
}

# write UNIT: standard input becomes that unit; nothing is touched when it is that already (systemctl is slow).
changed=
write() {
  local path=/etc/systemd/system/$1 text
  text=$(cat)
  [ "$text" != "$(cat "$path" 2> /dev/null || true)" ] || return 0
  printf '%s\n' "$text" > "$path"
  changed=1
}

# Without the rules the agent's account is closed, so a VM that cannot load them is not taken for a guarded one.
write_units() {
  write "$unit" << UNIT
[Unit]
Description=agent-vm: keeps the agent's account from the host and its networks
DefaultDependencies=no
After=local-fs.target nftables.service
Before=network-pre.target ssh.service ssh.socket systemd-user-sessions.service shutdown.target
Wants=network-pre.target
Conflicts=shutdown.target
OnFailure=agent-vm-guard-failed.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/nft --file $rules
ExecStartPost=/usr/sbin/usermod --expiredate "" agent

[Install]
WantedBy=sysinit.target
UNIT
  write agent-vm-guard-failed.service << 'UNIT'
[Unit]
Description=agent-vm: closes the agent's account, because its guard could not be loaded
DefaultDependencies=no

[Service]
Type=oneshot
ExecStart=/usr/sbin/usermod --expiredate 1 agent
UNIT
  # Debian's own service flushes every table when it starts, reloads and stops.
  install -d -m 0755 "/etc/systemd/system/$beside"
  write "$beside/agent-vm.conf" << UNIT
[Service]
ExecStartPost=/usr/sbin/nft --file $rules
ExecReload=/usr/sbin/nft --file $rules
ExecStopPost=/usr/sbin/nft --file $rules
UNIT
  [ -z "$changed" ] || systemctl daemon-reload
}

# Masked, not disabled: that also holds for a package that is installed later, and takes no time.
stop_docker() {
  [ "$(systemctl is-enabled "${docker[@]}" 2> /dev/null | sort -u)" != masked ] || return 0
  systemctl mask --quiet "${docker[@]}" 2> /dev/null
  systemctl stop "${docker[@]}" 2> /dev/null || ! systemctl is-active --quiet "${docker[@]}"
}

guarded() {
  rm -f -- "$sudoers"
  # An image of the user's may make homes that all can read.
  chmod 0700 ~vmadmin
  leave_groups
  stop_docker
  # Docker's client looks for the daemon there; the agent's own, without root, listens in its runtime directory.
  printf 'L+ /run/docker.sock - - - - /run/user/%s/docker.sock\n' "$(id -u agent)" > "$docker_link"
  systemd-tmpfiles --create "$docker_link"
  write_rules
  write_units
  [ -e "/etc/systemd/system/sysinit.target.wants/$unit" ] || systemctl enable --quiet "$unit"
  systemctl restart "$unit"
}

open() {
  if has_unit "$unit"; then
    systemctl disable --quiet "$unit"
    rm -f -- "/etc/systemd/system/$unit" "/etc/systemd/system/$beside/agent-vm.conf" \
      /etc/systemd/system/agent-vm-guard-failed.service
    systemctl daemon-reload
  fi
  rm -f -- "$rules"
  usermod --expiredate "" agent
  if nft list table inet agent_vm > /dev/null 2>&1; then nft delete table inet agent_vm; fi
  echo 'agent ALL=(ALL:ALL) NOPASSWD: ALL' > "$sudoers.new"
  chmod 0440 "$sudoers.new"
  visudo --check --quiet --file="$sudoers.new"
  mv -- "$sudoers.new" "$sudoers"
  rm -f -- "$docker_link"
  if [ -L /run/docker.sock ]; then rm -f /run/docker.sock; fi
  if getent group docker > /dev/null; then usermod --append --groups docker agent; fi
  systemctl unmask --quiet "${docker[@]}"
  if has_unit docker.service; then systemctl enable --quiet --now docker.service; fi
}

case $profile in
  guarded) guarded ;;
  open) open ;;
  *)
    echo "no such profile: $profile" >&2
    exit 1
    ;;
esac
