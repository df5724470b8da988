// The one list of mount options: what keeps the guest's files from harming the host. Pure.
import { EXIT, UserError } from "../../errors.ts";

export interface MountFacts {
  /** The caller's uid. */
  uid: number;
  /** The installed sshfs refuses symbolic links that lead out of the mount. */
  containSymlinks: boolean;
  readOnly: boolean;
}

/** From the range that systemd and Debian leave to nobody, and inside every container's 16-bit mapping. */
const FOREIGN_UIDS = [61183, 61182] as const;

/** A uid that is neither the caller's nor root's. */
export const foreignUid = (uid: number): number =>
  FOREIGN_UIDS.find((foreign) => foreign !== uid) ?? FOREIGN_UIDS[0];

/**
 * All of sshfs' options for a mount seen by the caller. Throws UserError (3) when the installed sshfs would follow
 * the guest's links to the host's files. Reasons: security facts 1 and 2, performance facts 2 and 3.
 */
export function mountOptions(facts: MountFacts): string[] {
  if (!facts.containSymlinks) {
    throw new UserError(
      "The installed sshfs would follow symbolic links from the VM to files of this host.",
      {
        hint: "Update sshfs to 3.7.6 or to your distribution's fixed version; see what is missing with: agent-vm doctor",
        exit: EXIT.notReady,
      },
    );
  }
  const foreign = foreignUid(facts.uid);
  return checkedOptions(facts.uid, [
    // git refuses to read the configuration of a repository that belongs to somebody else.
    `uid=${foreign}`,
    `gid=${foreign}`,
    "noexec",
    "nosuid",
    "nodev",
    ...(facts.readOnly ? ["ro"] : []),
    "contain_symlinks",
    // The guest's changes are seen within a second; 1 would mean up to two.
    "dcache_timeout=0",
    // The kernel's own cache comes on top; at its default of 1 s an edit could stay unseen for two.
    "attr_timeout=0.1",
    "entry_timeout=0.1",
    // Without it a lost connection unmounts, and programs write into the empty directory beneath.
    "reconnect",
    "ServerAliveInterval=5",
    "ServerAliveCountMax=3",
    "ConnectTimeout=10",
    // A connection of its own: the end of the shared one must not take the mount with it.
    "ControlPath=none",
    "ControlMaster=no",
    "Ciphers=aes128-gcm@openssh.com",
    "Compression=no",
  ]);
}

/** allow_other and default_permissions break or open the mount; the others let the guest choose what the host runs or reads. */
const FORBIDDEN = [
  "allow_other",
  "allow_root",
  "default_permissions",
  "follow_symlinks",
  "transform_symlinks",
  "no_contain_symlinks",
  "kernel_cache",
  "auto_cache",
];

/** Gives the options back, or throws when the forced owner is missing or is the caller or root, or one is forbidden. */
export function checkedOptions(uid: number, options: readonly string[]): string[] {
  const value = (name: string) =>
    options.findLast((option) => option.startsWith(`${name}=`))?.slice(name.length + 1);
  const owner = Number(value("uid") ?? Number.NaN);
  if (!Number.isInteger(owner) || owner <= 0 || owner === uid || value("gid") === undefined) {
    throw refused("without a foreign owner for its files");
  }
  const forbidden = options.find((option) => FORBIDDEN.includes(option) || option.startsWith("idmap="));
  if (forbidden) throw refused(`with the option ${forbidden}`);
  const missing = ["noexec", "nosuid", "nodev", "contain_symlinks"].find(
    (option) => !options.includes(option),
  );
  if (missing) throw refused(`without the option ${missing}`);
  return [...options];
}

function refused(why: string): UserError {
  return new UserError(`The workspaces are not mounted ${why}: the VM could harm the host.`, {
    hint: "See what the mount needs with: agent-vm doctor",
    exit: EXIT.refused,
  });
}
