// The constant scripts that are run in the guest while it comes up.

/** Arguments: the words "stamps" lines, then "now SECONDS". One round trip tells all a warm start needs. */
export const PROBE = `
cd /var/lib/agent-vm/stamps 2>/dev/null && for name in *; do
  [ -f "$name" ] && printf 'stamp %s %s\\n' "$name" "$(cat "$name")"
done
printf 'now %s\\n' "$(date +%s.%N)"
`;

/** As vmadmin, argument 1: seconds to wait. Ends when the first boot's own work is over (Lima's marker). */
export const AWAIT_BOOT = `
left=$1
until [ -e /run/lima-boot-done ]; do
  [ "$left" -gt 0 ] || exit 75
  left=$((left - 1))
  sleep 1
done
rm -rf -- "$HOME/.agent-vm/provision"
cd /var/lib/agent-vm/stamps 2>/dev/null && for name in *; do
  [ -f "$name" ] && printf 'stamp %s %s\\n' "$name" "$(cat "$name")"
done
printf 'now %s\\n' "$(date +%s.%N)"
`;

/**
 * As vmadmin. Arguments: step name, hash. The stamp is written only after the step succeeded and what it wrote is on the
 * disk: a VM that is ended hard a moment later must not take an empty file for a finished step.
 */
export const RUN_STEP = `
set -eu
name=$1 hash=$2
cd "$HOME/.agent-vm/provision"
sudo -n install -d -m 0755 /var/lib/agent-vm/stamps
sudo -n rm -f -- "/var/lib/agent-vm/stamps/$name"
sudo -n bash -- "steps/$name.sh" "$PWD/inputs" </dev/null
sync
printf '%s\\n' "$hash" | sudo -n tee -- "/var/lib/agent-vm/stamps/$name" >/dev/null
`;

/** As vmadmin. Argument: seconds since 1970, UTC. */
export const SET_CLOCK = `sudo -n date -u -s "@$1" >/dev/null`;

/** As vmadmin: runs a script of ours as root before any file can be uploaded; its text follows on the command line. */
export const RUN_AS_ROOT = `printf '%s' "$1" | sudo -n bash -s -- "$HOME"`;
