// What a guarded SFTP connection lets through from either side.
import { beforeEach, describe, expect, test } from "vitest";
import { createSftpGuard, type SftpGuard } from "../../../../src/guard/sftp/guard.ts";
import type { GuardRules } from "../../../../src/guard/sftp/rules.ts";
import { Violation } from "../../../../src/guard/sftp/violation.ts";
import { ANSWERS, DIRECTORY, entry, FILE, LINK, packet, REQUESTS, str, u32, VERSION } from "./packets.ts";

const RULES: GuardRules = { git: "hidden", hide: [], readOnly: false };
const STALL = 20_000;
let guard: SftpGuard;
let notes: string[];
let clock: number;

const QUIET = { rules: RULES, root: "workspace", stall: STALL, note: () => undefined };

function begin(rules: Partial<GuardRules> = {}): SftpGuard {
  notes = [];
  clock = 0;
  const made = createSftpGuard({
    rules: { ...RULES, ...rules },
    root: "workspace",
    now: () => clock,
    stall: STALL,
    note: (text) => notes.push(text),
  });
  made.fromGuest(VERSION);
  return made;
}
beforeEach(() => {
  guard = begin();
});

/** The status in an answer that the guard gives itself. */
const code = (decided: "pass" | { answer: Buffer }) =>
  decided === "pass" ? "pass" : decided.answer.readUInt32BE(9);
/** What the host gets when a request is answered so. */
const answered = (request: Buffer, answer: Buffer) => {
  expect(guard.fromHost(request)).toBe("pass");
  const decided = guard.fromGuest(answer);
  return decided === "pass" ? answer : decided.instead;
};
const isRefusal = (bytes: Buffer) => bytes[4] === 101 && bytes.readUInt32BE(9) === 3;
const names = (bytes: Buffer) => {
  const found: string[] = [];
  let at = 13;
  for (let left = bytes.readUInt32BE(9); left > 0; left -= 1) {
    const length = bytes.readUInt32BE(at);
    found.push(bytes.subarray(at + 4, at + 4 + length).toString("utf8"));
    at += 4 + length;
    at += 4 + bytes.readUInt32BE(at) + 32;
  }
  expect(at).toBe(bytes.length);
  return found;
};
const listing = (...entries: Buffer[]) => names(answered(REQUESTS.readdir(1), ANSWERS.names(1, ...entries)));

describe("ordinary work passes", () => {
  test.each(Object.entries(REQUESTS).filter(([name]) => name !== "chown"))("%s", (_name, request) => {
    expect(guard.fromHost(request(1))).toBe("pass");
  });

  test("with its answers unchanged", () => {
    const pairs = [
      [REQUESTS.open(1), ANSWERS.handle(1)],
      [REQUESTS.open(2), ANSWERS.status(2, 2)],
      [REQUESTS.read(3), ANSWERS.data(3)],
      [REQUESTS.read(4), ANSWERS.status(4, 1)],
      [
        REQUESTS.readdir(5),
        ANSWERS.names(5, entry("a"), entry("b", DIRECTORY), entry("l", LINK), entry(".")),
      ],
      [REQUESTS.lstat(6), ANSWERS.attributes(6)],
      [REQUESTS.write(7), ANSWERS.status(7)],
      [REQUESTS.statvfs(8), ANSWERS.figures(8)],
      [REQUESTS.readlink(9), ANSWERS.names(9, entry("b.txt"))],
    ] as const;
    for (const [request, answer] of pairs) expect(answered(request, answer)).toBe(answer);
    expect(notes).toEqual([]);
  });

  test("a change of the owner alone is answered here", () =>
    expect(code(guard.fromHost(REQUESTS.chown(1)))).toBe(0));

  test("what sshfs never asks is refused", () => {
    expect(code(guard.fromHost(packet(99, u32(1))))).toBe(8);
    for (const name of [
      "copy-data",
      "limits@openssh.com",
      "lsetstat@openssh.com",
      "__proto__",
      "constructor",
    ])
      expect(code(guard.fromHost(packet(200, u32(1), str(name), str("x"))))).toBe(8);
  });

  test("extensions that nobody knows are not told", () => {
    const fresh = createSftpGuard({ ...QUIET, now: () => 0 });
    const told = fresh.fromGuest(VERSION);
    expect(told).toEqual({ instead: packet(2, u32(3), str("posix-rename@openssh.com"), str("1")) });
  });
});

describe("git's directory", () => {
  const HIDDEN = "workspace/shop/.git/config";

  test.each([
    "lstat",
    "stat",
    "open",
    "opendir",
    "readlink",
    "remove",
    "rmdir",
    "setstat",
    "statvfs",
  ] as const)("is not there for %s", (kind) =>
    expect(code(guard.fromHost(REQUESTS[kind](1, HIDDEN)))).toBe(2),
  );

  test("cannot be made", () => {
    expect(code(guard.fromHost(REQUESTS.mkdir(1, "workspace/x/.git")))).toBe(3);
    expect(code(guard.fromHost(REQUESTS.open(1, HIDDEN, 0x1a)))).toBe(3);
    for (const kind of ["rename", "posixRename", "hardlink"] as const) {
      expect(code(guard.fromHost(REQUESTS[kind](1, "workspace/a", HIDDEN)))).toBe(3);
      expect(code(guard.fromHost(REQUESTS[kind](1, HIDDEN, "workspace/a")))).toBe(3);
    }
    expect(code(guard.fromHost(REQUESTS.symlink(1, "workspace/.git", "x")))).toBe(3);
    expect(code(guard.fromHost(REQUESTS.symlink(1, "workspace/x", ".git/config")))).toBe(3);
  });

  test("is in no listing and no link leads there", () => {
    expect(listing(entry("a"), entry(".git", DIRECTORY), entry(".GIT"), entry("git~1"), entry("b"))).toEqual([
      "a",
      "b",
    ]);
    expect(isRefusal(answered(REQUESTS.readlink(2), ANSWERS.names(2, entry(".git/config"))))).toBe(true);
  });

  test("can be read and not written with read-only", () => {
    guard = begin({ git: "read-only" });
    expect(code(guard.fromHost(REQUESTS.lstat(1, HIDDEN)))).toBe("pass");
    expect(code(guard.fromHost(REQUESTS.open(2, HIDDEN, 2)))).toBe(3);
    expect(code(guard.fromHost(REQUESTS.remove(3, HIDDEN)))).toBe(3);
    expect(code(guard.fromHost(REQUESTS.mkdir(3, "workspace/new/.git")))).toBe(3);
    answered(REQUESTS.open(4, HIDDEN), ANSWERS.handle(4, "inside"));
    expect(code(guard.fromHost(REQUESTS.fsetstat(5, "inside")))).toBe(3);
    expect(listing(entry(".git", DIRECTORY))).toEqual([".git"]);
  });

  test("is as any other with visible", () => {
    guard = begin({ git: "visible" });
    expect(code(guard.fromHost(REQUESTS.open(1, HIDDEN, 0x1a)))).toBe("pass");
    expect(listing(entry(".git", DIRECTORY))).toEqual([".git"]);
  });
});

test("names that were chosen are hidden, wherever they are", () => {
  guard = begin({ git: "visible", hide: ["node_modules", "größe"] });
  expect(listing(entry("node_modules"), entry("größe"), entry("node_modules2"))).toEqual(["node_modules2"]);
  expect(code(guard.fromHost(REQUESTS.lstat(3, "workspace/a/node_modules/b")))).toBe(2);
  expect(code(guard.fromHost(REQUESTS.mkdir(3, "workspace/größe")))).toBe(3);
});

test("nothing is changed with read-only", () => {
  guard = begin({ readOnly: true });
  for (const kind of [
    "setstat",
    "remove",
    "mkdir",
    "rmdir",
    "rename",
    "symlink",
    "posixRename",
    "hardlink",
  ] as const) {
    expect([kind, code(guard.fromHost(REQUESTS[kind](1)))]).toEqual([kind, 3]);
  }
  for (const flags of [0x2, 0x4, 0x8, 0x10])
    expect(code(guard.fromHost(REQUESTS.open(1, "workspace/a", flags)))).toBe(3);
  for (const kind of ["write", "fsetstat"] as const) expect(code(guard.fromHost(REQUESTS[kind](1)))).toBe(3);
  expect(guard.fromHost(REQUESTS.open(1))).toBe("pass");
  expect(guard.fromHost(REQUESTS.read(2))).toBe("pass");
});

describe("what the guest tells of files", () => {
  test.each([
    ["a slash", "a/b"],
    ["a way out", "../../etc/passwd"],
    ["NUL", "a\0b"],
    ["no name", ""],
    ["256 bytes", "x".repeat(256)],
  ])("a name with %s is left out", (_what, name) => {
    expect(listing(entry("before"), entry(name), entry("after"))).toEqual(["before", "after"]);
    expect(notes).toEqual(["a name that no file can have"]);
  });

  test.each([
    ["a device of blocks", 0o060644],
    ["a device of characters", 0o020644],
    ["a pipe", 0o010644],
    ["a socket", 0o140644],
    ["nothing known", 0o000644],
  ])("%s is left out, and refused by name", (_what, mode) => {
    expect(listing(entry("a"), entry("b", mode))).toEqual(["a"]);
    expect(isRefusal(answered(REQUESTS.lstat(2), ANSWERS.attributes(2, mode)))).toBe(true);
    expect(isRefusal(answered(REQUESTS.fstat(3), ANSWERS.attributes(3, mode)))).toBe(true);
  });

  test("special mode bits are taken away", () => {
    expect(answered(REQUESTS.lstat(1), ANSWERS.attributes(1, 0o107755))).toEqual(
      ANSWERS.attributes(1, 0o100755),
    );
    expect(answered(REQUESTS.lstat(1), ANSWERS.attributes(1, 0x80000000 + 0o100644))).toEqual(
      ANSWERS.attributes(1, 0o100644),
    );
    const told = answered(REQUESTS.readdir(2), ANSWERS.names(2, entry("a", 0o106711)));
    expect(told).toEqual(ANSWERS.names(2, entry("a", 0o100711)));
  });

  test.each([
    ["/etc/passwd", "workspace/shop/l", false],
    ["../../secret", "workspace/shop/l", false],
    ["../other/f", "workspace/shop/l", true],
    ["..", "workspace/shop/l", true],
    ["../..", "workspace/shop/l", false],
    ["../x", "workspace/l", false],
    ["./../f", "workspace/shop/l", true],
    ["d/../f", "workspace/shop/l", false],
    ["../../bin/x.js", "workspace/shop/node_modules/.bin/l", true],
    ["../../../../x", "workspace/shop/node_modules/.bin/l", false],
    ["", "workspace/shop/l", false],
    ["x\0y", "workspace/shop/l", false],
    ["f", "elsewhere/l", true],
    ["../f", "elsewhere/deep/l", false],
  ])("a link to %j in %s: %s", (target, path, passes) => {
    const told = answered(REQUESTS.readlink(1, path), ANSWERS.names(1, entry(target)));
    expect(isRefusal(told)).toBe(!passes);
    const made = guard.fromHost(REQUESTS.symlink(2, path, target));
    expect(made === "pass").toBe(passes);
  });

  test.each([0n, 2n ** 40n])("a disk with blocks of %s bytes is refused: programs divide by it", (block) => {
    expect(isRefusal(answered(REQUESTS.statvfs(1), ANSWERS.figures(1, block)))).toBe(true);
  });

  test("is noted once for each kind", () => {
    listing(entry("a/b"), entry("c/d"));
    listing(entry("a/b"));
    expect(notes).toEqual(["a name that no file can have"]);
  });
});

describe("a breach of the protocol", () => {
  const breaks = (request: Buffer | undefined, answer: Buffer) => {
    if (request) expect(guard.fromHost(request)).toBe("pass");
    expect(() => guard.fromGuest(answer)).toThrow(Violation);
  };

  test.each([
    ["an answer that nobody asked for", undefined, ANSWERS.status(7)],
    ["an answer of another kind", REQUESTS.lstat(1), ANSWERS.data(1)],
    ["a name for a status", REQUESTS.remove(1), ANSWERS.names(1, entry("a"))],
    ["success without a handle", REQUESTS.open(1), ANSWERS.status(1, 0)],
    ["more bytes than asked for", REQUESTS.read(1, "h", 10), ANSWERS.data(1, 11)],
    ["a status that there is not", REQUESTS.remove(1), ANSWERS.status(1, 9)],
    ["a handle of 257 bytes", REQUESTS.open(1), ANSWERS.handle(1, "h".repeat(257))],
    ["a handle of none", REQUESTS.open(1), ANSWERS.handle(1, "")],
    ["two targets of a link", REQUESTS.readlink(1), ANSWERS.names(1, entry("a"), entry("b"))],
    ["bytes after the end", REQUESTS.lstat(1), packet(105, ANSWERS.attributes(1).subarray(5), u32(0))],
    ["a count beyond the packet", REQUESTS.readdir(1), packet(104, u32(1), u32(0xffffffff), entry("a"))],
    ["a string beyond the packet", REQUESTS.open(1), packet(102, u32(1), u32(0xffffffff))],
    ["attributes of an unknown form", REQUESTS.lstat(1), packet(105, u32(1), u32(0x80000000), u32(0))],
    ["a size below zero", REQUESTS.lstat(1), packet(105, u32(1), u32(1), Buffer.alloc(8, 0xff))],
    ["figures cut off", REQUESTS.statvfs(1), packet(201, u32(1), u32(1))],
    ["another kind that reads the same", REQUESTS.lstat(1), packet(102, u32(1), u32(0))],
    ["unknown flags alone", REQUESTS.lstat(1), packet(105, u32(1), u32(0x10))],
    ["a listing without names", REQUESTS.readdir(1), ANSWERS.names(1)],
    ["a target of 4096 bytes", REQUESTS.readlink(1), ANSWERS.names(1, entry("x".repeat(4096)))],
    ["a count of two with one target", REQUESTS.readlink(1), packet(104, u32(1), u32(2), entry("a"))],
    ["a request from the guest", undefined, REQUESTS.open(1)],
    ["nothing at all", undefined, packet(101)],
  ])("%s", (_what, request, answer) => breaks(request, answer));

  test("a handle that is in use, until it is closed", () => {
    answered(REQUESTS.opendir(1, "workspace"), ANSWERS.handle(1, "d"));
    answered(REQUESTS.close(2, "d"), ANSWERS.status(2));
    answered(REQUESTS.open(3), ANSWERS.handle(3, "d"));
    breaks(REQUESTS.opendir(4, "workspace"), ANSWERS.handle(4, "d"));
  });

  test("a second answer", () => {
    answered(REQUESTS.lstat(1), ANSWERS.attributes(1));
    breaks(undefined, ANSWERS.attributes(1));
  });

  test.each([
    ["another version", packet(2, u32(4))],
    ["an answer before the version", ANSWERS.status(1)],
    ["half an extension", packet(2, u32(3), str("a"))],
  ])("a greeting with %s", (_what, greeting) => {
    const fresh = createSftpGuard({ ...QUIET, now: () => 0 });
    expect(() => fresh.fromGuest(greeting)).toThrow(Violation);
  });

  test("a directory without an end", () => {
    answered(REQUESTS.opendir(1, "workspace"), ANSWERS.handle(1, "d"));
    const many = Array.from({ length: 2000 }, (_, at) => entry(`f${at}`));
    const more = () => answered(REQUESTS.readdir(2, "d"), ANSWERS.names(2, ...many));
    expect(() => {
      for (let turn = 0; turn < 600; turn += 1) more();
    }).toThrow(Violation);
    expect(() => answered(REQUESTS.readdir(3, "other"), ANSWERS.names(3, ...many))).not.toThrow();
  });
});

test("a directory whose names come one by one is given up, and another, or the same from its beginning, is not", () => {
  const next = (id: number, handle: string) => {
    if (code(guard.fromHost(REQUESTS.readdir(id, handle))) !== "pass") return "refused";
    guard.fromGuest(ANSWERS.names(id, entry(`f${clock}`)));
    return "told";
  };
  for (const handle of ["slow", "other"])
    answered(REQUESTS.opendir(1, "workspace"), ANSWERS.handle(1, handle));
  for (; clock <= 3 * STALL; clock += STALL / 2) expect(next(2, "slow")).toBe("told");
  expect(next(2, "slow")).toBe("refused");
  expect(notes).toEqual(["a listing that takes too long"]);
  expect(next(2, "other")).toBe("told");
  clock += 3 * STALL;
  answered(REQUESTS.readdir(3, "other"), ANSWERS.status(3, 1));
  clock += STALL;
  expect(next(4, "other")).toBe("told");
});

test("a greeting that is not answered counts as a request", () => {
  const silent = createSftpGuard({ ...QUIET, now: () => clock });
  clock = 7;
  expect(silent.oldest()).toBeUndefined();
  expect(silent.fromHost(packet(1, u32(3)))).toBe("pass");
  clock = 9;
  expect(silent.oldest()).toBe(7);
  silent.fromGuest(VERSION);
  expect(silent.oldest()).toBeUndefined();
});

test("the oldest unanswered request is known", () => {
  expect(guard.oldest()).toBeUndefined();
  guard.fromHost(REQUESTS.lstat(1));
  clock = 5;
  guard.fromHost(REQUESTS.lstat(2));
  expect(guard.oldest()).toBe(0);
  guard.fromGuest(ANSWERS.attributes(1, FILE));
  // The few bytes before it count for a millisecond.
  expect(guard.oldest()).toBe(6);
  guard.fromGuest(ANSWERS.attributes(2));
  expect(guard.oldest()).toBeUndefined();
});

test("what waits behind large writes and reads has more time, and no more when they are answered", () => {
  const write = (id: number) => packet(6, u32(id), str("h"), u32(0), u32(0), str("x".repeat(32 * 1024)));
  for (let id = 0; id < 64; id += 1) expect(guard.fromHost(write(id))).toBe("pass");
  guard.fromHost(REQUESTS.lstat(100));
  for (let id = 0; id < 64; id += 1) guard.fromGuest(ANSWERS.status(id, 0));
  // 2 MiB at 32 bytes a millisecond.
  expect(guard.oldest()).toBeGreaterThan(65_000);
  expect(guard.oldest()).toBeLessThan(67_000);
  guard.fromGuest(ANSWERS.attributes(100, FILE));
  guard.fromHost(REQUESTS.lstat(101));
  expect(guard.oldest()).toBe(clock);
});
