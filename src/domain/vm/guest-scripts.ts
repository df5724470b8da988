// The constant scripts that are run in the guest while it comes up.

/** Prints "stamp STEP HASH" for each step that is done, "failed STEP NAME" for what one could not install, and "now SECONDS". */
const TELL = `
cd /var/lib/agent-vm/stamps 2>/dev/null && for name in *; do
  [ -f "$name" ] && printf 'stamp %s %s\\n' "$name" "$(cat "$name")"
done
cd /var/lib/agent-vm/failed 2>/dev/null && for step in *; do
  [ -f "$step" ] && while read -r name reason; do
    printf 'failed %s %s\\n' "$step" "$name"
  done <"$step"
done
printf 'now %s\\n' "$(date +%s.%N)"
`;

/** One round trip tells all that a warm start needs. */
export const PROBE = TELL;

/** As vmadmin, argument 1: seconds to wait. Ends when the first boot's own work is over (Lima's marker). */
export const AWAIT_BOOT = `
left=$1
until [ -e /run/lima-boot-done ]; do
  [ "$left" -gt 0 ] || exit 75
  left=$((left - 1))
  sleep 1
done
rm -rf -- "$HOME/.agent-vm/provision"
${TELL}`;

/**
 * As vmadmin. Arguments: step name, hash, "optional" or "". The stamp is written only after the step succeeded and what
 * it wrote is on the disk: a VM that is ended hard a moment later must not take an empty file for a finished step. An
 * optional one that failed is done, too, and its failure is kept: nothing tries it again unasked. A run whose
 * connection was lost goes on in the guest; the lock makes the next one wait for it.
 */
export const RUN_STEP = `
set -eu
name=$1 hash=$2 optional=$3
cd "$HOME/.agent-vm/provision"
exec 9>"$HOME/.agent-vm/$name.lock"
flock -w 3600 9
sudo -n install -d -m 0755 /var/lib/agent-vm/stamps /var/lib/agent-vm/failed
sudo -n rm -f -- "/var/lib/agent-vm/stamps/$name" "/var/lib/agent-vm/failed/$name"
if ! sudo -n AGENT_VM_FAILED="/var/lib/agent-vm/failed/$name" sh -c '
  if [ -r /etc/agent-vm/proxy.env ]; then . /etc/agent-vm/proxy.env; fi
  exec bash -- "$@"
' step "steps/$name.sh" "$PWD/inputs" </dev/null; then
  [ "$optional" = optional ] || exit 1
  printf 'step\\tfailed\\n' | sudo -n tee -a -- "/var/lib/agent-vm/failed/$name" >/dev/null
fi
sync
printf '%s\\n' "$hash" | sudo -n tee -- "/var/lib/agent-vm/stamps/$name" >/dev/null
`;

/** As vmadmin. Arguments: names of steps that are to run again. */
export const FORGET_STEPS = `
for name; do
  sudo -n rm -f -- "/var/lib/agent-vm/stamps/$name" "/var/lib/agent-vm/failed/$name"
done
`;

/** As vmadmin. Argument: seconds since 1970, UTC. */
export const SET_CLOCK = `sudo -n date -u -s "@$1" >/dev/null`;

/** As vmadmin: runs a script of ours as root before any file can be uploaded; its text follows on the command line. */
export const RUN_AS_ROOT = `printf '%s' "$1" | sudo -n bash -s -- "$HOME"`;

/**
 * For bash as root: holds the root file system still, so that its disk can be copied, until standard input ends. A copy
 * finds another owner in it than its host name and makes itself keys of its own (10-host-keys.sh); whose login keys are
 * in it Lima says at its first boot, as at each. Fails when ten minutes were not enough: the copy is of a moving disk then.
 */
export const HOLD_STILL = `
owner=/var/lib/agent-vm/identity-owner
keys=/home/vmadmin/.ssh/authorized_keys
rm -rf -- /home/vmadmin/.agent-vm
apt-get clean
: >/home/vmadmin/.bash_history 2>/dev/null
fstrim / 2>/dev/null
was=$(cat "$owner") || exit 1
cp -p "$keys" /run/agent-vm-keys || exit 1
trap 'fsfreeze --unfreeze / 2>/dev/null; printf "%s\\n" "$was" >"$owner"; cp -p /run/agent-vm-keys "$keys"; sync' EXIT
trap 'exit 1' HUP INT TERM
echo "a base" >"$owner"
rm -f "$keys"
sync
fsfreeze --freeze / || exit 1
echo still
read -r -t 600 _ || [ $? -le 128 ] || exit 1
exit 0
`;
