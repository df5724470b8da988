// The constant scripts that set a new workspace up. Pure.
import { CHECK_DIR } from "../sync/guest/common.ts";
import { MARKER } from "../sync/guest/setup-marker.ts";

/** Exit codes of SET_UP beside 0 and those of the shell. */
export const SET_UP_EXIT = { busy: 75, npm: 81, python: 82, setup: 83 } as const;

/**
 * As agent, for bash. Arguments: directory, PyPI's index, "pre-commit" or nothing, "again" or nothing, then pairs of "npm" or
 * "python" and a package. Standard input: the setup, one line that is a file's path or a script's text, or nothing.
 * The marker goes when all of it succeeded. The lock is this script's alone: what the setup leaves running has it not.
 */
export const SET_UP = `
set -u
dir=$1 index=$2 pre_commit=$3 again=$4
shift 4
${CHECK_DIR}
cd -- "$HOME/workspace/$dir" || exit 64
marker=$PWD/.git/${MARKER}
setup=$(cat; printf .)
setup=\${setup%.}
exec 9>>"$marker.lock" </dev/null
flock -n 9 || exit ${SET_UP_EXIT.busy}
if [ "$again" = again ]; then : >"$marker"; fi
[ -e "$marker" ] || exit 0
export AGENT_VM_WORKSPACE=$dir GIT_TERMINAL_PROMPT=0
npm=() python=()
while [ $# -ge 2 ]; do
  case $1 in npm) npm+=("$2") ;; python) python+=("$2") ;; esac
  shift 2
done
if [ \${#npm[@]} -gt 0 ]; then
  npm install --global --prefix "$HOME/.local" --no-audit --no-fund -- "\${npm[@]}" 9>&- 2>&1 || exit ${SET_UP_EXIT.npm}
fi
for package in "\${python[@]}"; do
  PIP_INDEX_URL=$index PIP_DISABLE_PIP_VERSION_CHECK=1 pipx install "$package" 9>&- 2>&1 || exit ${SET_UP_EXIT.python}
done
if [ -n "$pre_commit" ]; then
  if ! command -v pre-commit >/dev/null; then
    echo "pre-commit is not in the VM: its hooks are not installed."
  else
    pre-commit install 9>&- 2>&1 || echo "The hooks of pre-commit are not installed."
  fi
fi
if [ -n "$setup" ]; then
  line=\${setup%$'\\n'}
  if [[ $line != *$'\\n'* ]] && [ -f "$line" ]; then
    case $line in /*) ;; *) line=./$line ;; esac
    if [ -x "$line" ]; then set -- "$line"; else set -- bash -- "$line"; fi
  else
    set -- bash -e -c "$setup" setup
  fi
  code=0
  "$@" 9>&- 2>&1 || code=$?
  if [ "$code" -ne 0 ]; then
    echo "The setup ended with exit code $code."
    exit ${SET_UP_EXIT.setup}
  fi
fi
rm -f -- "$marker"
`;

/**
 * As vmadmin. Arguments: Debian packages. Only names that the archive has just so are installed, nothing is removed for
 * their sake, and the firewall of the profile is loaded again, in case a package brought one of its own.
 */
export const INSTALL_DEBIAN = `
set -eu
work=$(cat <<'ROOT'
set -eu
missing=
for name; do
  state=$(dpkg-query --show --showformat='\${db:Status-Status}' -- "$name" 2>/dev/null || :)
  [ "$state" = installed ] || missing="$missing $name"
done
[ -n "$missing" ] || exit 0
export DEBIAN_FRONTEND=noninteractive
apt_get() { apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=2 -o Dpkg::Use-Pty=0 --quiet --yes --no-install-recommends --no-remove "$@"; }
apt_get --quiet=2 update
unknown=
for name in $missing; do
  apt-cache pkgnames "$name" | grep -qxF -e "$name" || unknown="$unknown $name"
done
if [ -n "$unknown" ]; then
  echo "Debian has no package of this name:$unknown"
  exit 1
fi
apt_get install -- $missing
[ ! -f /etc/agent-vm/guard.nft ] || nft --file /etc/agent-vm/guard.nft
ROOT
)
sudo -n bash -c "$work" install "$@" </dev/null 2>&1
`;
