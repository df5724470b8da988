#!/bin/bash
# The host's extra certificate authorities, so that TLS works behind a proxy with its own. Input: ca/*.crt
set -euo pipefail
inputs=$1

store=/usr/local/share/ca-certificates/agent-vm
bundle=/etc/agent-vm/extra-authorities.pem
# Most hosts have none, and going through the whole store takes seconds.
[ -d "$inputs/ca" ] || [ -d "$store" ] || exit 0

rm -rf -- "$store"
rm -f -- "$bundle"
# Every kind of session gets the variables (pam_env), and so do the agent's services.
names='NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|REQUESTS_CA_BUNDLE|PIP_CERT|AWS_CA_BUNDLE'
touch /etc/environment
sed -i -E "/^($names)=/d" /etc/environment
rm -f /etc/environment.d/50-agent-vm-authorities.conf
if [ -d "$inputs/ca" ]; then
  install -d -m 0755 "$store" /etc/agent-vm /etc/environment.d
  install -m 0644 "$inputs"/ca/*.crt "$store"/
  cat "$inputs"/ca/*.crt > "$bundle"
  chmod 0644 "$bundle"
  # git, curl, Go, apt, Docker and Podman read the system's store. These bring a store of their own, unless told:
  # Node.js (which adds the named file to it), pip, uv and other Python programs, AWS's.
  all=/etc/ssl/certs/ca-certificates.crt
  printf '%s\n' "NODE_EXTRA_CA_CERTS=$bundle" "SSL_CERT_FILE=$all" "REQUESTS_CA_BUNDLE=$all" "PIP_CERT=$all" \
    "AWS_CA_BUNDLE=$all" | tee -a /etc/environment > /etc/environment.d/50-agent-vm-authorities.conf
fi
# Where the package is still missing, its installation does this.
if command -v update-ca-certificates > /dev/null; then
  update-ca-certificates > /dev/null
fi
