#!/bin/bash
# Who may log in as the agent: this host's key alone. The file is root's, so that the agent can neither let others in
# nor shut the host out. Not in the base, for another VM may have another key. Input: authorized_keys
set -euo pipefail
inputs=$1
keys=/etc/ssh/agent-vm-authorized_keys

install -m 0644 "$inputs/authorized_keys" "$keys.new"
mv -fT -- "$keys.new" "$keys"
cat > /etc/ssh/sshd_config.d/30-agent-vm-keys.conf << CONF
# Written by agent-vm.
Match User agent
  AuthorizedKeysFile $keys
CONF
sshd -t
systemctl reload ssh.service
