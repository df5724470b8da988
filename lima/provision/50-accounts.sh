#!/bin/bash
# The account the agents work as: no sudo, a uid that is not the host user's, its own workspace directory.
# Input: agent-uid
set -euo pipefail
inputs=$1
uid=$(cat "$inputs/agent-uid")

if ! id agent > /dev/null 2>&1; then
  useradd --uid "$uid" --user-group --create-home --home-dir /home/agent --shell /bin/bash agent
fi
# Locked password, open account: ssh keys alone (81-keys.sh).
usermod --password '*' agent
chmod 0750 /home/agent

# Below its home the agent's links may point anywhere, so root writes nothing there.
runuser -u agent -- env -i -C /home/agent HOME=/home/agent PATH=/usr/bin:/bin sh -c 'mkdir -p workspace && chmod 0755 workspace'

# Places of the sessions, in memory: what lasts as long as a session and no longer.
echo 'd /run/agent-vm 0700 agent agent -' > /etc/tmpfiles.d/agent-vm.conf
systemd-tmpfiles --create /etc/tmpfiles.d/agent-vm.conf

# The agent's service manager runs from boot on, also when nobody is logged in. Each session becomes a scope of it, with
# a control group of its own, and their tmux server another, which no connection's end can end. Where it does not run,
# sessions have no limits, and say so.
loginctl enable-linger agent
if systemctl start "user@$(id -u agent).service"; then
  # One that ran before its bus was installed does not know it yet.
  for words in daemon-reload 'start dbus.socket'; do
    # shellcheck disable=SC2086 # two words
    timeout 30 runuser -u agent -- env -i -C / PATH=/usr/bin:/bin XDG_RUNTIME_DIR="/run/user/$(id -u agent)" systemctl --user $words \
      || echo "systemctl --user $words did not work for the agent"
  done
fi

# The agents' own programs come first on the agent's PATH, and on nobody else's: the agent can write there. sshd sets it
# for every session; a login shell's /etc/profile sets PATH anew.
cat > /etc/ssh/sshd_config.d/20-agent-vm-agent.conf <<'CONF'
# Written by agent-vm.
Match User agent
  SetEnv PATH=/home/agent/.local/bin:/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games
CONF
sshd -t
systemctl reload ssh.service
cat > /etc/profile.d/agent-vm.sh <<'PROFILE'
# Written by agent-vm.
if [ "$(id -un)" = agent ]; then
  case ":$PATH:" in
    *:/home/agent/.local/bin:*) ;;
    *) PATH=/home/agent/.local/bin:$PATH ;;
  esac
fi
PROFILE
chmod 0644 /etc/profile.d/agent-vm.sh
