#!/bin/bash
# The guest's host keys and machine-id are its own and stay: cloud-init would make new host keys at each boot,
# because Lima gives it a new instance id each time; a copy of this disk under another name must get new ones.
set -euo pipefail

cat > /etc/cloud/cloud.cfg.d/99-agent-vm.cfg <<'CFG'
# Written by agent-vm: the host pins this key.
ssh_deletekeys: false
CFG

install -d -m 0755 /var/lib/agent-vm /usr/local/lib/agent-vm
cat > /usr/local/lib/agent-vm/own-identity <<'SCRIPT'
#!/bin/sh
# Gives a copied disk its own host keys and machine-id; the host name tells a copy, for Lima sets it per instance.
set -eu
owner=/var/lib/agent-vm/identity-owner
[ -f "$owner" ] && [ "$(cat "$owner")" != "$(hostname)" ] || exit 0
rm -f /etc/ssh/ssh_host_*_key /etc/ssh/ssh_host_*_key.pub
ssh-keygen -A
: > /etc/machine-id
systemd-machine-id-setup
hostname > "$owner"
SCRIPT
chmod 0755 /usr/local/lib/agent-vm/own-identity

cat > /etc/systemd/system/agent-vm-identity.service <<'UNIT'
[Unit]
Description=Own host keys and machine-id for a copied VM
After=cloud-init.service cloud-init-network.service
Before=ssh.service
ConditionPathExists=/var/lib/agent-vm/identity-owner

[Service]
Type=oneshot
ExecStart=/usr/local/lib/agent-vm/own-identity

[Install]
WantedBy=multi-user.target
UNIT
[ -f /var/lib/agent-vm/identity-owner ] || hostname > /var/lib/agent-vm/identity-owner
systemctl daemon-reload
systemctl enable --quiet agent-vm-identity.service
# The pin is worth only what reaches the disk: a VM ended hard right after this step keeps its key.
sync
