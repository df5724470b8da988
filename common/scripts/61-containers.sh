#!/bin/bash
# Docker and Podman for the agent's account, both without root. Input: apt-containers
set -euo pipefail
inputs=$1
# shellcheck source=common/scripts/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

# Docker's own daemon runs as root: it starts only where the profile says so.
if [ ! -e /etc/systemd/system/docker.service ] && ! command -v dockerd > /dev/null; then
  systemctl mask --quiet docker.service docker.socket
fi
readarray -t packages < <(entries "$inputs/apt-containers")
install_packages "${packages[@]}"

# Subordinate ids: what a container without root maps its users to.
for kind in uid gid; do
  grep -q '^agent:' "/etc/sub$kind" || usermod "--add-sub${kind}s" 200000-265535 agent
done

# Now, for later it starts with the VM. The manager of the agent's services may need a moment.
start_rootless() {
  local runtime left=30
  runtime=/run/user/$(id -u agent)
  until [ -S "$runtime/systemd/private" ]; do
    [ "$left" -gt 0 ] || return 1
    left=$((left - 1))
    sleep 1
  done
  as_agent XDG_RUNTIME_DIR="$runtime" systemctl --user daemon-reload
  # What starts containers asks for their control groups there.
  as_agent XDG_RUNTIME_DIR="$runtime" systemctl --user start dbus.socket
  as_agent XDG_RUNTIME_DIR="$runtime" systemctl --user start docker-rootless.service
}

install -d -m 0755 /etc/systemd/user
rootless=/usr/share/docker.io/contrib/dockerd-rootless.sh
if [ -x "$rootless" ]; then
  cat > /etc/systemd/user/docker-rootless.service <<UNIT
[Unit]
Description=Docker without root
ConditionUser=agent

[Service]
Type=notify
NotifyAccess=all
Environment=PATH=/usr/sbin:/sbin:/usr/bin:/bin
ExecStart=$rootless
ExecReload=/bin/kill -s HUP \$MAINPID
Restart=on-failure
LimitNOFILE=infinity
Delegate=yes
KillMode=mixed

[Install]
WantedBy=default.target
UNIT
  systemctl --global enable --quiet docker-rootless.service
  start_rootless || failed "Docker's daemon without root" "the agent's own services"
fi
