// Reads the system's mount table: /proc/self/mountinfo on Linux, what `mount` prints on macOS. Pure.

export interface MountEntry {
  mountpoint: string;
  /** "fuse.sshfs", "macfuse", "ext4". */
  type: string;
  source: string;
  /** Linux's device number, "0:52"; its second half names the FUSE connection. */
  device: string | undefined;
  /** Mount and superblock options, in one list. */
  options: readonly string[];
}

/** The kernel writes space, tab, line feed and backslash as three octal digits, byte by byte. */
function unescaped(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_all, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

/** All entries, in the order in which they were mounted. Lines that are not understood are left out. */
export function parseMountinfo(text: string): MountEntry[] {
  return text.split("\n").flatMap((line) => {
    const fields = line.split(" ");
    // A varying number of optional fields ends with a single dash.
    const dash = fields.indexOf("-", 6);
    const [device, mountpoint, options] = [fields[2], fields[4], fields[5]];
    const [type, source, superOptions] = dash < 0 ? [] : fields.slice(dash + 1);
    if (!device || !mountpoint || !options || !type || source === undefined) return [];
    return [
      {
        mountpoint: unescaped(mountpoint),
        type,
        source: unescaped(source),
        device,
        options: [...options.split(","), ...(superOptions ?? "").split(",").filter(Boolean)],
      },
    ];
  });
}

/** macOS prints `source on /path (type, option, option)`; a path may itself contain " on " and " (". */
export function parseMountOutput(text: string): MountEntry[] {
  return text.split("\n").flatMap((line) => {
    const match = /^(.*?) on (\/.*) \(([^()]*)\)$/.exec(line);
    const [type = "", ...options] = match?.[3]?.split(", ") ?? [];
    if (!match) return [];
    return [{ mountpoint: match[2] ?? "", type, source: match[1] ?? "", device: undefined, options }];
  });
}

/** The topmost mount at a path: the last one, because a later mount covers an earlier one. */
export const entryAt = (entries: readonly MountEntry[], path: string): MountEntry | undefined =>
  entries.findLast((entry) => entry.mountpoint === path);

export const isSshfs = (entry: MountEntry): boolean =>
  /^(fuse\.sshfs|macfuse|osxfuse|fuse-t|fuse)$/.test(entry.type);
