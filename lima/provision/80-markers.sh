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

# A login over a workspace's own ssh host (agent-vm ssh-config) begins in the workspace: interactive or not, scp, rsync and
# git too, since Debian's bash reads this file for whatever sshd starts. Never anywhere else: rsync may delete there.
mkdir -p /usr/local/share/agent-vm
cat > /usr/local/share/agent-vm/workspace.sh <<'WORKSPACE'
# Written by agent-vm.
if cd -- "$HOME/workspace/$AGENT_VM_SEND_DIR" 2> /dev/null; then
  export AGENT_VM_WORKSPACE="$AGENT_VM_SEND_DIR"
  unset AGENT_VM_SEND_DIR
else
  echo "agent-vm: The workspace $AGENT_VM_SEND_DIR is not in the VM; make it with: agent-vm connect" >&2
  exit 1
fi
WORKSPACE
chmod 0644 /usr/local/share/agent-vm/workspace.sh
sed -i '/# agent-vm$/d' /etc/bash.bashrc
# shellcheck disable=SC2016 # the shell that begins there expands it
sed -i '1i [ -z "$AGENT_VM_SEND_DIR" ] || . /usr/local/share/agent-vm/workspace.sh # agent-vm' /etc/bash.bashrc
