#!/bin/bash
# sshd for one busy client: everything of ours comes from one address, many connections at once.
set -euo pipefail

cat > /etc/ssh/sshd_config.d/10-agent-vm.conf <<'CONF'
# Written by agent-vm.
MaxSessions 200
MaxStartups 100:30:300
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin no
X11Forwarding no
CONF
# OpenSSH before 9.8 has no penalties to turn off and refuses the word.
if sshd -T -o PerSourcePenalties=no > /dev/null 2>&1; then
  echo 'PerSourcePenalties no' >> /etc/ssh/sshd_config.d/10-agent-vm.conf
fi
sshd -t
systemctl reload ssh.service
