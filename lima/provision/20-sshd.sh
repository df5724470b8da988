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
# At the end, because everything below it belongs to it. Sessions get their variables over the connection, so that no
# file and no argument list holds them.
cat >> /etc/ssh/sshd_config.d/10-agent-vm.conf <<'CONF'
Match User agent
  AcceptEnv AGENT_VM_SEND_*
CONF

# No memory of a session, with its credentials, on the disk.
echo 'kernel.core_pattern = |/bin/false' > /etc/sysctl.d/60-agent-vm-core.conf
sysctl -q -p /etc/sysctl.d/60-agent-vm-core.conf
echo '* hard core 0' > /etc/security/limits.d/60-agent-vm-core.conf

sshd -t
systemctl reload ssh.service
