// In the guest, whether a session's process is still the one that was noted, and which processes are its own. Pure.

/** In bash: whether the process that `about` (an array) names is still that one. */
export const LIVES = `
lives() {
  local stat boot
  [[ \${about[5]} =~ ^[0-9]{1,10}$ ]] || return
  { read -r stat <"/proc/\${about[5]}/stat"; } 2>/dev/null || return
  stat=(\${stat##*) })
  read -r boot </proc/sys/kernel/random/boot_id
  [ "\${stat[19]}/$boot" = "\${about[6]}/\${about[7]}" ]
}
`;

/** In bash: sets `mine` to the process that `about` names and all that it started, and that they started. */
export const FAMILY = `
family() {
  mine=($(ps -U "$(id -u)" -o pid=,ppid= | awk -v top="\${about[5]}" '
    { parent[$1] = $2 }
    END { for (one in parent) { up = one; for (n = 0; n < 99 && up && up != top; n++) up = parent[up]; if (up == top) print one } }'))
}
`;
