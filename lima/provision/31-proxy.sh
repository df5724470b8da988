#!/bin/bash
# The way to the internet through the host's proxy, for every kind of program. Input: proxy ("URL NAMES" or nothing);
# the url leads to the guest's own loopback and holds no credentials.
set -euo pipefail
inputs=$1

environment=/etc/environment.d/50-agent-vm-proxy.conf
for_steps=/etc/agent-vm/proxy.env
apt=/etc/apt/apt.conf.d/50-agent-vm-proxy
docker=/etc/systemd/system/docker.service.d/agent-vm-proxy.conf
names='https?_proxy|no_proxy|HTTPS?_PROXY|NO_PROXY|NODE_USE_ENV_PROXY'

touch /etc/environment
sed -i -E "/^($names)=/d" /etc/environment
read -r url direct < "$inputs/proxy" || url=
if [ -z "$url" ]; then
  rm -f -- "$environment" "$for_steps" "$apt" "$docker"
  exit 0
fi

install -d -m 0755 /etc/agent-vm /etc/environment.d "${docker%/*}"
variables=("http_proxy=$url" "https_proxy=$url" "no_proxy=$direct" "HTTP_PROXY=$url" "HTTPS_PROXY=$url" "NO_PROXY=$direct")
# Node.js' own fetch asks for it.
variables+=(NODE_USE_ENV_PROXY=1)
printf '%s\n' "${variables[@]}" > "$environment"
cat "$environment" >> /etc/environment
printf "export '%s'\n" "${variables[@]}" > "$for_steps"
printf 'Acquire::%s::Proxy "%s";\n' http "$url" https "$url" > "$apt"
{
  echo '[Service]'
  printf 'Environment="%s"\n' "${variables[@]}"
} > "$docker"
