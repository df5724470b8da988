// The agent in `guarded` and the known ways to root: each is played with its one guard undone in the guest, and with it.
import type { World } from "../world.ts";
import { CANARY, type Privilege, privilegeAttack, SECRET, SECRET_FILE } from "./guest.ts";

const RULE = "/etc/sudoers.d/90-agent-vm-agent";
const TOUCH = `touch ${CANARY}`;
const grant = (what: string) => `echo 'agent ALL=(ALL:ALL) NOPASSWD: ${what}' >${RULE}; chmod 0440 ${RULE}`;
const PROFILE = { step: "85-profile" };

/** A daemon like Docker's: runs as root what it is told. */
const DAEMON = `import os, socket, subprocess
s = socket.socket(socket.AF_UNIX)
s.bind("/run/docker.sock")
os.chmod("/run/docker.sock", 0o660)
os.chown("/run/docker.sock", 0, __import__("grp").getgrnam("docker").gr_gid)
s.listen()
while True:
    c = s.accept()[0]
    subprocess.run(c.recv(999), shell=True)
    c.close()`;
const CLIENT = `import socket
s = socket.socket(socket.AF_UNIX)
s.connect("/run/docker.sock")
s.sendall(b"${TOUCH}")
s.recv(1)`;

/** What Debian 13 sets up so; each of them is looked at in its own attack below. */
const SETUID = [
  ...[
    "chage",
    "chfn",
    "chsh",
    "expiry",
    "fusermount3",
    "gpasswd",
    "mount",
    "newgidmap",
    "newgrp",
    "newuidmap",
  ],
  ...["passwd", "ssh-agent", "su", "sudo", "umount", "crontab", "pkexec", "dotlockfile", "ntfs-3g"],
  ...["unix_chkpwd", "ssh-keysign", "dbus-daemon-launch-helper", "polkit-agent-helper-1", "utempter"],
];
const UNKNOWN_SETUID = `find / -xdev -perm /6000 -type f 2>/dev/null | grep -vE '/(${SETUID.join("|")})$'`;

/** The extended attribute, so that no program for it need be there: cap_dac_override, effective. */
const SET_CAPABILITY = `cp /usr/bin/cp /usr/local/bin/copy
python3 -c 'import os, struct; os.setxattr("/usr/local/bin/copy", "security.capability", struct.pack("<IIIII", 0x2000001, 2, 0, 0, 0))'`;
const WITH_CAPABILITIES = `python3 -c 'import os
for top in ("/usr", "/opt", "/home", "/var/lib"):
    for place, _, names in os.walk(top):
        for name in names:
            try:
                os.getxattr(os.path.join(place, name), "security.capability", follow_symlinks=False)
                print(os.path.join(place, name))
            except OSError: pass'`;

const SYSTEMCTL = `b=; sudo -n -l /usr/bin/systemctl >/dev/null 2>&1 && b='sudo -n'
printf '[Service]\\nExecStart=/bin/${TOUCH}\\n' >~/evil.service
$b systemctl link ~/evil.service && $b systemctl start evil.service
[ -z "$b" ] || { $b systemctl disable evil.service; exit; }
systemd-run --wait ${TOUCH}
busctl call org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager StartUnit ss rescue.target replace
loginctl enable-linger; loginctl terminate-user vmadmin
export XDG_RUNTIME_DIR=/run/user/$(id -u)
mkdir -p ~/.config/systemd/user
printf '[Service]\\nUser=root\\nExecStart=/bin/${TOUCH}\\n' >~/.config/systemd/user/as-root.service
printf '[Service]\\nAmbientCapabilities=CAP_DAC_OVERRIDE\\nExecStart=+/bin/${TOUCH}\\n' >~/.config/systemd/user/more.service
systemctl --user daemon-reload; systemctl --user start as-root.service; systemctl --user start more.service
systemd-run --user --wait -p User=root ${TOUCH}
pkexec ${TOUCH}; machinectl shell root@.host /bin/${TOUCH}
echo '${TOUCH}' | at now; echo '* * * * * ${TOUCH}' | crontab -; true`;

const KERNEL = `b=; sudo -n true 2>/dev/null && b='sudo -n'
$b nsenter -t 1 -m ${TOUCH}
[ -z "$b" ] || exit
printf '#!/bin/sh\\n${TOUCH}\\n' >~/helper; chmod 755 ~/helper
for setting in core_pattern modprobe hotplug; do
  unshare -Ur sh -c "echo '|$HOME/helper' >/proc/sys/kernel/$setting"
done
unshare -Urm sh -c 'mount -t tmpfs none /mnt && mount --bind /mnt /etc && ${TOUCH}'
unshare -Urm sh -c 'mount -o remount,rw,suid,dev / && ${TOUCH}'
unshare -UrmC sh -c 'mount -t cgroup2 none /mnt && echo $$ >/mnt/cgroup.procs && ${TOUCH}'
unshare -Ur sh -c 'echo 0 2000 1 >/proc/self/uid_map; chown 0 ~/helper; chmod 4755 ~/helper; ${TOUCH}'
/usr/sbin/modprobe dummy && ${TOUCH}
echo b >/proc/sysrq-trigger; head -c 1 /dev/mem; echo ~/helper >/sys/kernel/uevent_helper
ls /proc/1/root/root && ${TOUCH}; true`;

const ATTACKS: Privilege[] = [
  {
    name: "a sudo rule from before",
    guard: "the profile's step takes it away",
    undo: grant("ALL"),
    attempt: `sudo -n ${TOUCH}`,
    redo: PROFILE,
  },
  {
    name: "the docker group, and a daemon of root's",
    guard: "the profile's step: no group, no socket",
    undo: `getent group docker >/dev/null || groupadd docker
usermod --append --groups docker agent
systemctl stop e2e-daemon 2>/dev/null
rm -f /run/docker.sock; systemd-run --quiet --collect --unit e2e-daemon python3 -c '${DAEMON}'
for try in $(seq 100); do [ -S /run/docker.sock ] && break; sleep 0.1; done; sleep 0.3`,
    attempt: `printf '%s' '${CLIENT}' >~/client.py; sg docker -c 'python3 client.py' </dev/null`,
    redo: PROFILE,
  },
  {
    name: "the disk group: vmadmin's files on the block device",
    guard: "the profile's step: no such group",
    undo: "usermod --append --groups disk agent; sync",
    attempt: `sg disk -c "/usr/sbin/debugfs -R 'cat ${SECRET_FILE}' $(findmnt -no SOURCE /)" </dev/null`,
    redo: PROFILE,
  },
  {
    name: "the block device itself",
    guard: "its mode",
    undo: "chmod 0666 $(findmnt -no SOURCE /); sync",
    attempt: `/usr/sbin/debugfs -R 'cat ${SECRET_FILE}' $(findmnt -no SOURCE /)`,
    redo: "chmod 0660 $(findmnt -no SOURCE /)",
  },
  {
    name: "su with an empty password",
    guard: "no account has a password",
    undo: "cp -p /etc/shadow /root/shadow; passwd --quiet --delete root",
    attempt: `for name in root vmadmin; do su -c '${TOUCH}' "$name" </dev/null; done`,
    redo: "cp -p /root/shadow /etc/shadow",
  },
  {
    name: "a set-uid program beyond Debian's",
    guard: "there is none",
    undo: "install -m 4755 /usr/bin/env /usr/local/bin/handy",
    attempt: `cp /usr/bin/env ~/own; chmod 6755 ~/own; ~/own ${TOUCH}
for program in $(${UNKNOWN_SETUID}); do "$program" ${TOUCH}; done`,
    redo: "rm -f /usr/local/bin/handy",
  },
  {
    name: "a program with capabilities",
    guard: "there is none",
    undo: SET_CAPABILITY,
    attempt: `for program in $(${WITH_CAPABILITIES}); do "$program" /etc/hostname ${CANARY}; done`,
    redo: "rm -f /usr/local/bin/copy",
  },
  {
    name: "a unit of systemd that the agent can write",
    guard: "the units are root's",
    undo: "chmod o+w /etc/systemd/system/agent-vm-identity.service",
    attempt: `for unit in $(find /etc/systemd /run/systemd/system /usr/lib/systemd /usr/local/lib -writable -type f 2>/dev/null); do
printf '[Service]\\nExecStartPre=/bin/${TOUCH}\\n' >>"$unit"; done`,
    later: "sudo -n systemctl daemon-reload; sudo -n systemctl restart agent-vm-identity.service",
    redo: `unit=/etc/systemd/system/agent-vm-identity.service
sed -i '/^ExecStartPre=/d' $unit; chmod 0644 $unit; systemctl daemon-reload`,
  },
  {
    name: "a directory of cron's",
    guard: "it is root's",
    undo: "chmod o+w /etc/cron.daily",
    attempt: `printf '#!/bin/sh\\n${TOUCH}\\n' >/etc/cron.daily/evil && chmod 755 /etc/cron.daily/evil`,
    later: "sudo -n run-parts --regex '^evil$' /etc/cron.daily",
    redo: "chmod o-w /etc/cron.daily; rm -f /etc/cron.daily/evil",
  },
  {
    name: "a directory of root's PATH",
    guard: "its directories are root's",
    undo: "chmod o+w /usr/local/sbin",
    attempt: `printf '#!/bin/sh\\n${TOUCH}\\n' >/usr/local/sbin/uptime && chmod 755 /usr/local/sbin/uptime`,
    later: "sudo -n uptime",
    redo: "chmod o-w /usr/local/sbin; rm -f /usr/local/sbin/uptime",
  },
  {
    name: "the agent's own programs on root's PATH",
    guard: "they are on the agent's alone",
    undo: "echo 'Defaults secure_path=/home/agent/.local/bin:/usr/sbin:/usr/bin' >/etc/sudoers.d/95-path",
    attempt: `mkdir -p ~/.local/bin; printf '#!/bin/sh\\n${TOUCH}\\n' >~/.local/bin/uptime; chmod 755 ~/.local/bin/uptime`,
    later: "sudo -n uptime",
    redo: "rm -f /etc/sudoers.d/95-path",
  },
  {
    name: "a file that root's shell reads",
    guard: "what login shells read is root's",
    undo: "chmod o+w /etc/profile.d/agent-vm.sh",
    attempt: `for file in /etc/profile.d/* /etc/profile /etc/bash.bashrc /etc/environment /root/.profile /home/vmadmin/.profile /home/vmadmin/.bashrc; do
echo '[ "$(id -u)" != 0 ] || ${TOUCH}' >>"$file"; done`,
    later: "sudo -n bash -lc true",
    redo: "sed -i '$d' /etc/profile.d/agent-vm.sh; chmod 0644 /etc/profile.d/agent-vm.sh",
  },
  {
    name: "a library before all of root's (ld.so.preload)",
    guard: "the loader's files are root's",
    undo: "install -m 0666 /dev/null /etc/ld.so.preload",
    attempt: `echo ~/${SECRET}.so >>/etc/ld.so.preload; echo ~/lib >>/etc/ld.so.conf.d/evil.conf; true`,
    later: "sudo -n true",
    redo: "rm -f /etc/ld.so.preload /etc/ld.so.conf.d/evil.conf",
  },
  {
    name: "vmadmin's files",
    guard: "the profile's step closes its home",
    undo: `chmod 0755 /home/vmadmin; chmod 0644 ${SECRET_FILE}`,
    attempt: `cat ${SECRET_FILE}; ln ${SECRET_FILE} ~/hard; cat ~/hard; cd /home/vmadmin && cat secret`,
    redo: PROFILE,
  },
  {
    name: "environment and memory of vmadmin's processes",
    guard: "another account",
    undo: `SEEN=${SECRET} setsid setpriv --reuid agent --regid agent --clear-groups sleep 3600 </dev/null >/dev/null 2>&1 &`,
    attempt:
      "cat /proc/[0-9]*/environ | tr '\\0' '\\n'; for one in /proc/[0-9]*; do head -c 1 $one/mem; done; true",
    redo: `pkill -u agent -x sleep
SEEN=${SECRET} setsid setpriv --reuid vmadmin --regid vmadmin --clear-groups sleep 3600 </dev/null >/dev/null 2>&1 &`,
  },
  {
    name: "the manager of services, timers and users",
    guard: "no rule, no polkit, no grant",
    undo: grant("/usr/bin/systemctl"),
    attempt: SYSTEMCTL,
    redo: PROFILE,
  },
  {
    name: "namespaces, kernel settings, modules, control groups",
    guard: "no capability in the VM's own namespace",
    undo: grant("ALL"),
    attempt: KERNEL,
    redo: PROFILE,
  },
];

export function privilegeAttacks(world: () => World): void {
  for (const one of ATTACKS) privilegeAttack(world, one);
}

/** As the agent: everything outside of its own places that it could write, one a line, and root's processes by it. */
export const WRITABLE = `
find / \\( -path /proc -o -path /sys -o -path /home/agent -o -path /run/agent-vm -o -path "/run/user/$(id -u)" -o -path /run/credentials \\) \\
  -prune -o -writable \\( -type d -o -type f \\) ! -user agent \\( -type f -o ! -perm -1000 \\) -print 2>/dev/null
ls -l /proc/[0-9]*/exe /proc/[0-9]*/cwd 2>/dev/null | awk '$3 != "agent" && /-> \\/(home\\/agent|tmp)/'`;

/** As root: the ids that the agent may take in a namespace; fails when one is another account's, or in its range. */
export const SUBORDINATE = `for kind in uid gid; do
awk -F: -v kind=$kind 'FNR == NR { taken[$3] = $1; next }
  { from[FNR] = $2; to[FNR] = $2 + $3 - 1; who[FNR] = $1; n = FNR }
  END { for (i = 1; i <= n; i++) { if (who[i] != "agent") continue
    for (id in taken) if (id + 0 >= from[i] && id + 0 <= to[i]) print kind, "account", taken[id]
    for (j = 1; j <= n; j++) if (who[j] != "agent" && from[i] <= to[j] && from[j] <= to[i]) print kind, "range of", who[j]
  } }' $([ $kind = uid ] && echo /etc/passwd || echo /etc/group) /etc/sub$kind
done`;
