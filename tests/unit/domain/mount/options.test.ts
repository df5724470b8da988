// The mount's options: what must be there, what must never be.
import { describe, expect, test } from "vitest";
import { sshfsLine } from "../../../../src/adapters/sshfs.ts";
import { checkedOptions, foreignUid, mountOptions } from "../../../../src/domain/mount/options.ts";
import { EXIT, UserError } from "../../../../src/errors.ts";

const guard = { program: "/usr/bin/node", file: "/opt/my, own/agent-vm/sftp-guard.mjs", setup: "c2V0dXA" };
const options = mountOptions({ uid: 1000, containSymlinks: true, readOnly: false });

test("the one mount line", () => {
  const target = { configFile: "/home/ann/ssh_config", alias: "agent-vm", adminAlias: "agent-vm-admin" };
  const line = sshfsLine(target, { mountpoint: "/home/ann/.agent-vm-mounts/workspace", options, guard });
  expect(line.env).toEqual({
    AGENT_VM_GUARD_PROGRAM: "/usr/bin/node",
    AGENT_VM_GUARD_FILE: "/opt/my, own/agent-vm/sftp-guard.mjs",
  });
  expect(line.argv).toEqual([
    "sshfs",
    "-f",
    "-F",
    "/home/ann/ssh_config",
    "agent-vm:workspace",
    "/home/ann/.agent-vm-mounts/workspace",
    "-o",
    "uid=61183,gid=61183,noexec,nosuid,nodev,contain_symlinks,dcache_timeout=0,attr_timeout=0.1,entry_timeout=0.1,reconnect," +
      "ServerAliveInterval=5,ServerAliveCountMax=3,ConnectTimeout=10,ControlPath=none,ControlMaster=no," +
      "Ciphers=aes128-gcm@openssh.com,Compression=no,ssh_command=/bin/sh -c " +
      'exec\t"$AGENT_VM_GUARD_PROGRAM"\t"$AGENT_VM_GUARD_FILE"\t"$@" sh c2V0dXA',
  ]);
});

test("a relative ssh configuration file is a bug, because sshfs would look for it in /", () => {
  const target = { configFile: "ssh_config", alias: "a", adminAlias: "b" };
  expect(() => sshfsLine(target, { mountpoint: "/m", options, guard })).toThrow(RangeError);
});

test.each([0, 1000, 61182, 61183])("the files' owner is neither uid %i nor root", (uid) => {
  expect([0, uid]).not.toContain(foreignUid(uid));
});

test("an sshfs that does not contain symbolic links is refused", () => {
  const mount = () => mountOptions({ uid: 1000, containSymlinks: false, readOnly: false });
  expect(mount).toThrow(UserError);
  expect(mount).toThrow(
    expect.objectContaining({ exit: EXIT.notReady, hint: expect.stringContaining("doctor") }),
  );
});

describe("a line is refused", () => {
  const without = (name: string) => options.filter((option) => !option.startsWith(name));
  test.each([
    ["without a uid", without("uid=")],
    ["without a gid", without("gid=")],
    ["with the caller's uid", [...without("uid="), "uid=1000"]],
    ["with the caller's uid in the end", [...options, "uid=1000"]],
    ["with root's uid", [...without("uid="), "uid=0"]],
    ["with a uid that is no number", [...without("uid="), "uid=me"]],
    ["without noexec", without("noexec")],
    ["without contain_symlinks", without("contain_symlinks")],
    ...[
      "allow_other",
      "default_permissions",
      "idmap=user",
      "follow_symlinks",
      "transform_symlinks",
      "no_contain_symlinks",
      "auto_cache",
    ].map((option): [string, string[]] => [`with ${option}`, [...options, option]]),
  ])("%s", (_name, line) => {
    expect(() => checkedOptions(1000, line)).toThrow(expect.objectContaining({ exit: EXIT.refused }));
  });

  test("but not the one we use", () => expect(checkedOptions(1000, options)).toEqual(options));
});
