# shellcheck shell=bash
# Sourced by the installers. What one of them cannot install it reports by name and goes on with the rest.
# Set by the caller: inputs (the directory of the input files).
: "${inputs:?}"

# failed NAME REASON: NAME could not be installed; REASON names its source.
failed() {
  printf 'not installed: %s (%s)\n' "$1" "$2"
  printf '%s\t%s\n' "$1" "$2" >> "$AGENT_VM_FAILED"
}

# entries FILE: its lines without comments and empty ones.
entries() { sed -e '/^[[:space:]]*#/d' -e '/^[[:space:]]*$/d' -- "$1"; }

# source_url URL: the same on the user's mirror, when `mirrors` names one for what the url begins with.
source_url() {
  local from to
  while read -r from to; do
    case "$1" in "$from"*) printf '%s%s\n' "$to" "${1#"$from"}" && return ;; esac
  done < "$inputs/mirrors"
  printf '%s\n' "$1"
}

# fetch URL HASH FILE: downloads and checks; HASH is "sha256:<hex>" or "sha512:<hex>".
fetch() {
  curl --fail --silent --show-error --location --retry 2 --connect-timeout 20 --output "$3" -- "$(source_url "$1")" || return 1
  printf '%s  %s\n' "${2#*:}" "$3" | "${2%%:*}sum" --check --status
}

# install_packages NAME...: Debian packages, all at once; when that fails, each alone, so that one missing name costs one.
install_packages() {
  local package missing=()
  for package in "$@"; do
    [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2> /dev/null || true)" = installed ] || missing+=("$package")
  done
  [ "${#missing[@]}" -gt 0 ] || return 0
  export DEBIAN_FRONTEND=noninteractive
  # An interrupted run may have left packages half installed.
  dpkg --configure -a
  # The steps before this one have just fetched the lists.
  [ -n "$(find /var/lib/apt/lists -maxdepth 1 -name '*InRelease' -mmin -60)" ] || apt_get update || true
  echo "installing: ${missing[*]}"
  apt_get install "${missing[@]}" || each_alone "${missing[@]}"
  apt-get clean
}

each_alone() {
  local package
  for package in "$@"; do
    apt_get install "$package" || failed "$package" "Debian's archive"
  done
}

# A first boot may still hold the lock with its own update.
apt_get() {
  # dpkg need not wait for the disk after each file: the stamp is written after a sync, and without it all is done again.
  apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=2 -o DPkg::Options::=--force-unsafe-io --yes --no-install-recommends "$@"
}

as_agent() {
  runuser -u agent -- env -C /home/agent HOME=/home/agent \
    PATH=/home/agent/.local/bin:/usr/local/bin:/usr/bin:/bin NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt "$@"
}
