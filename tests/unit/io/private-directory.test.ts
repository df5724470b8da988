// A directory for sockets is the user's alone, or none at all.
import { chmod, mkdtemp, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makePrivate, refuseShared } from "../../../src/io/private-directory.ts";

let base: string;
const uid = process.getuid?.() ?? 0;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), "avm-private-"));
});
afterEach(() => rm(base, { recursive: true, force: true }));

describe("a private directory", () => {
  test("is made with its parent, for nobody else to enter", async () => {
    const directory = join(base, "agent-vm-1000", "abcd");
    await makePrivate(directory, uid);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect((await stat(join(base, "agent-vm-1000"))).mode & 0o777).toBe(0o700);
  });

  test("that is not there yet is no trouble", async () => {
    await refuseShared(join(base, "parent", "child"), uid);
  });

  test.each([
    ["is open to others", async (parent: string) => chmod(parent, 0o755)],
    ["belongs to somebody else", async () => undefined],
  ])("whose parent %s is refused", async (_what, spoil) => {
    const directory = join(base, "parent", "child");
    await makePrivate(directory, uid);
    await spoil(join(base, "parent"));
    const owner = _what.startsWith("belongs") ? uid + 1 : uid;
    await expect(refuseShared(directory, owner)).rejects.toMatchObject({ exit: 4 });
    await expect(makePrivate(directory, owner)).rejects.toMatchObject({ exit: 4 });
  });

  test("that is a link is refused", async () => {
    await makePrivate(join(base, "real", "child"), uid);
    await symlink(join(base, "real"), join(base, "link"));
    await expect(makePrivate(join(base, "link", "child"), uid)).rejects.toMatchObject({ exit: 4 });
  });
});
