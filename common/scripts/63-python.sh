#!/bin/bash
# Python tools of the agent's account, each in an environment of its own. Input: python-packages
set -euo pipefail
inputs=$1
# shellcheck source=common/scripts/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

index=$(source_url https://pypi.org/)simple
present=$(as_agent pipx list --short 2> /dev/null || true)
while read -r package; do
  ! grep -q -F -x -- "${package/==/ }" <<< "$present" || continue
  as_agent env PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_INDEX_URL="$index" PIP_DEFAULT_TIMEOUT=20 PIP_RETRIES=1 \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt pipx install --force "$package" || failed "${package%%[=<>]*}" "$index"
done < <(entries "$inputs/python-packages")
