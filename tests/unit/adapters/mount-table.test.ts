// The mount table's lines, as Linux and macOS write them.
import { describe, expect, test } from "vitest";
import { entryAt, isSshfs, parseMountinfo, parseMountOutput } from "../../../src/adapters/mount-table.ts";

const MOUNTINFO = [
  "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard",
  "31 22 0:27 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 master:3 - cgroup2 cgroup rw",
  "151 22 0:52 / /home/ann/.agent-vm-mounts/workspace rw,nosuid,nodev,noexec,relatime shared:80 - fuse.sshfs agent-vm:workspace rw,user_id=1000,group_id=1000",
  "152 22 0:53 / /home/ann\\040b/a\\011b\\134c/workspace rw,relatime - fuse.sshfs we\\040ird:workspace rw,user_id=1000",
  "damaged line",
  "",
].join("\n");

describe("mountinfo", () => {
  const entries = parseMountinfo(MOUNTINFO);

  test("is read with and without optional fields, and without its damaged lines", () => {
    expect(entries.map((entry) => entry.type)).toEqual(["ext4", "cgroup2", "fuse.sshfs", "fuse.sshfs"]);
    expect(entries[2]).toEqual({
      mountpoint: "/home/ann/.agent-vm-mounts/workspace",
      type: "fuse.sshfs",
      source: "agent-vm:workspace",
      device: "0:52",
      options: ["rw", "nosuid", "nodev", "noexec", "relatime", "rw", "user_id=1000", "group_id=1000"],
    });
  });

  test("has its octal escapes undone", () => {
    expect(entries[3]?.mountpoint).toBe("/home/ann b/a\tb\\c/workspace");
    expect(entries[3]?.source).toBe("we ird:workspace");
  });

  test("gives the topmost mount at a path", () => {
    const twice = parseMountinfo(
      "1 0 0:1 / /m rw - fuse.sshfs old:workspace rw\n2 1 0:2 / /m rw - fuse.sshfs new:workspace rw",
    );
    expect(entryAt(twice, "/m")?.source).toBe("new:workspace");
    expect(entryAt(twice, "/m/below")).toBeUndefined();
  });
});

test("macOS' list is read, also where a path looks like its syntax", () => {
  const entries = parseMountOutput(
    [
      "/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)",
      "agent-vm:workspace on /Users/a on (b)/.agent-vm-mounts/workspace (macfuse, nodev, nosuid, mounted by ann)",
    ].join("\n"),
  );
  const mount = entryAt(entries, "/Users/a on (b)/.agent-vm-mounts/workspace");
  expect(mount).toMatchObject({ type: "macfuse", options: ["nodev", "nosuid", "mounted by ann"] });
  expect(entries.map(isSshfs)).toEqual([false, true]);
});
