#!/bin/bash
# Lets programs and agents tell that they run in this VM. Input: vm-name
set -euo pipefail
inputs=$1
name=$(cat "$inputs/vm-name")

cat > /etc/agent-environment <<ENV
AGENT_VM=1
AGENT_VM_NAME=$name
ENV
chmod 0644 /etc/agent-environment

# Every kind of session gets the variables: pam_env reads /etc/environment for logins and for `ssh host command`.
sed -i '/^AGENT_VM/d' /etc/environment 2> /dev/null || touch /etc/environment
cat /etc/agent-environment >> /etc/environment

cat > /usr/local/bin/is-agent-vm <<'SCRIPT'
#!/bin/sh
# Exit code 0 inside an agent-vm VM.
[ -f /etc/agent-environment ]
SCRIPT
chmod 0755 /usr/local/bin/is-agent-vm
