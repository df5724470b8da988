// In the guest, a session's own control group: what it may take of the memory, and whether it ran out of it. Pure.

/**
 * In bash: moves the shell into `agent-vm-<id>.scope` of the agent's own service manager, where that runs, by the call
 * that `systemd-run --user --scope` makes; so our process stays the session's first one, and without a manager the
 * session runs all the same. Takes `id` and `memory` (bytes, "" for no limit), sets `group` ("" without one). Fails when
 * a limit is wanted and does not hold.
 */
export const GROUP = `
group=
enter_group() {
  local line tries most what=(PIDs au 1 "$BASHPID" OOMPolicy s continue CollectMode s inactive-or-failed)
  local runtime=\${XDG_RUNTIME_DIR:-/run/user/$(id -u)} count=3
  [ -S "$runtime/bus" ] || return
  [ -z "$memory" ] || { what+=(MemoryMax t "$memory" MemorySwapMax t 0); count=5; }
  XDG_RUNTIME_DIR=$runtime timeout 10 busctl --user --quiet call org.freedesktop.systemd1 /org/freedesktop/systemd1 \\
    org.freedesktop.systemd1.Manager StartTransientUnit 'ssa(sv)a(sa(sv))' "agent-vm-$id.scope" fail \\
    "$count" "\${what[@]}" 0 || return
  for ((tries = 0; tries < 100; tries++)); do
    read -r line <"/proc/$BASHPID/cgroup"
    case $line in */"agent-vm-$id.scope") group=/sys/fs/cgroup\${line#0::}; break ;; esac
    sleep 0.05
  done
  [ -z "$memory" ] || { read -r most <"$group/memory.max" && [ "$most" != max ]; }
} 2>/dev/null
enter_group
limited=$?
[ -n "$memory" ] || limited=0
starved() {
  local key count
  [ -n "$group" ] || return
  while read -r key count; do
    [ "$key" != oom_kill ] || [ "$count" = 0 ] || return 0
  done <"$group/memory.events"
  return 1
} 2>/dev/null
`;

/** What is told when a limit is wanted and there can be none. */
export const UNLIMITED =
  "This VM cannot limit a session's memory; it runs without a limit. Bring the VM up to date with: agent-vm restart";
