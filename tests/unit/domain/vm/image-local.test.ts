// A user's own image: only a whole qcow2 file is taken.
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Context } from "../../../../src/context.ts";
import { localImage } from "../../../../src/domain/vm/image-local.ts";
import { EXIT } from "../../../../src/errors.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "agent-vm-local-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const local = (name: string) =>
  localImage({ cwd: directory, uid: 1000, arch: "x64", settings: { disk: 12 } } as unknown as Context, name);

/** A qcow2 header: version, where the backing file's name lies, the lowest byte of the incompatible features. */
async function image(name: string, version: number, backing: bigint, features: number): Promise<void> {
  const header = Buffer.alloc(104);
  header.write("QFI\u00fb", "latin1");
  header.writeUInt32BE(version, 4);
  header.writeBigUInt64BE(backing, 8);
  header.writeUInt8(features, 79);
  await writeFile(join(directory, name), header);
}

test.each([
  ["version 3", 3, 0],
  ["version 2, whose header ends before the features", 2, 4],
])("a whole file is taken as it is: %s", async (_, version, features) => {
  const name = `it's a "disk" 1.qcow2`;
  await image(name, version, 0n, features);
  const path = join(directory, name);
  expect(await local(name)).toEqual({
    images: [{ location: path, arch: "x86_64" }],
    description: path,
  });
});

test("one that needs another file is refused", async () => {
  await image("backing.qcow2", 3, 512n, 0);
  await image("data.qcow2", 3, 0n, 4);
  for (const name of ["backing.qcow2", "data.qcow2"]) {
    await expect(local(name)).rejects.toMatchObject({
      message: expect.stringContaining("is not whole"),
      exit: EXIT.usage,
    });
  }
});

test("what is missing, text, cut short, a directory or a pipe is refused", async () => {
  await writeFile(join(directory, "text"), "some text");
  await writeFile(join(directory, "short"), Buffer.from("QFI\u00fb\0\0\0\u0003", "latin1"));
  execFileSync("mkfifo", [join(directory, "pipe")]);
  await expect(local("none")).rejects.toMatchObject({ exit: EXIT.usage });
  for (const name of ["text", "short", ".", "pipe"]) {
    await expect(local(name)).rejects.toMatchObject({
      message: expect.stringContaining("is not a qcow2 file"),
      exit: EXIT.usage,
    });
  }
});

test("a disk larger than the VM's is refused with the size it needs", async () => {
  for (const [bytes, refused] of [
    [12n * 1024n ** 3n, false],
    [12n * 1024n ** 3n + 1n, true],
  ] as const) {
    await image("large.qcow2", 3, 0n, 0);
    const header = await readFile(join(directory, "large.qcow2"));
    header.writeBigUInt64BE(bytes, 24);
    await writeFile(join(directory, "large.qcow2"), header);
    const answer = local("large.qcow2");
    if (refused)
      await expect(answer).rejects.toMatchObject({
        exit: EXIT.usage,
        hint: expect.stringContaining("--disk 13"),
      });
    else await expect(answer).resolves.toBeDefined();
  }
});
