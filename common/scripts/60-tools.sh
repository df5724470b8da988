#!/bin/bash
# The tools a developer expects, from Debian. Input: apt-packages
set -euo pipefail
inputs=$1
# shellcheck source=common/scripts/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

readarray -t packages < <(entries "$inputs/apt-packages")
install_packages "${packages[@]}"

# Debian calls fd differently, because another package had the name first.
if [ -x /usr/bin/fdfind ]; then ln -sfn /usr/bin/fdfind /usr/local/bin/fd; fi
