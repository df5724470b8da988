import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test, vi } from "vitest";
import { measure, type Packing, packMembers } from "../../../../src/domain/copy/pack.ts";
import { leftOutLines } from "../../../../src/domain/copy/words.ts";

/** Removes what is about to be opened or read, as another program may between two looks. */
const removing = vi.hoisted(() => ({ at: "" }));
vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  const first = (path: unknown) => {
    if (path === removing.at) fs.rmSync(removing.at, { recursive: true });
  };
  const wrapped =
    <A extends unknown[], R>(work: (...all: A) => R) =>
    (...all: A): R => {
      first(all[0]);
      return work(...all);
    };
  return {
    ...fs,
    openSync: wrapped(fs.openSync),
    readdirSync: wrapped(fs.readdirSync as (path: string) => string[]),
    readlinkSync: wrapped(fs.readlinkSync as (path: string) => string),
  };
});

const directory = mkdtempSync(join(tmpdir(), "av-pack-"));
beforeEach(() => {
  removing.at = "";
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test("a file that is removed meanwhile is named, and the rest goes on", async () => {
  for (const name of ["one", "two"]) writeFileSync(join(directory, name), "x");
  const packing: Packing = { left: new Map(), files: 0, bytes: 0, mounts: [] };
  const members = packMembers([{ path: directory, name: "d" }], "mark", packing);
  await members.next();
  const first = (await members.next()).value?.name;
  const other = first === "0/one" ? "two" : "one";
  rmSync(join(directory, other));
  const rest: string[] = [];
  for await (const { name } of members) rest.push(name);
  expect(rest).toEqual(["done"]);
  expect(leftOutLines(packing.left)).toEqual([
    `left out (removed while it was copied): ${join(directory, other)}`,
  ]);
  expect(measure([{ path: join(directory, other), name: "x" }], [])).toBe(0);
});

test.each(["a file", "a directory", "a link", "a large file"])(
  "%s that goes between the look and the reading is named, too",
  async (kind) => {
    const path = join(directory, "one");
    if (kind === "a directory") mkdirSync(path);
    else if (kind === "a link") symlinkSync("x", path);
    else writeFileSync(path, kind === "a file" ? "x" : Buffer.alloc(1024 * 1024));
    writeFileSync(join(directory, "two"), "x");
    removing.at = path;
    const packing: Packing = { left: new Map(), files: 0, bytes: 0, mounts: [] };
    const came: string[] = [];
    for await (const { name } of packMembers([{ path: directory, name: "d" }], "mark", packing))
      came.push(name);
    expect(came).toEqual(["0", "0/two", "done"]);
    expect(leftOutLines(packing.left)).toEqual([`left out (removed while it was copied): ${path}`]);
  },
);

test("a source that goes meanwhile ends the copy, with 1", async () => {
  const path = join(directory, "one");
  writeFileSync(path, "x");
  removing.at = path;
  const packing: Packing = { left: new Map(), files: 0, bytes: 0, mounts: [] };
  await expect(packMembers([{ path, name: "one" }], "mark", packing).next()).rejects.toMatchObject({
    exit: 1,
    message: `${path} was removed while it was copied, so nothing was.`,
  });
});

test("another file system and a mount of ours stay here, and are not counted", async () => {
  for (const name of ["mine", "mount"]) writeFileSync(join(directory, name), "x");
  const mounts = [join(directory, "mount")];
  const packing: Packing = { left: new Map(), files: 0, bytes: 0, mounts };
  const came: string[] = [];
  for await (const { name } of packMembers([{ path: directory, name: "d" }], "mark", packing))
    came.push(name);
  expect(came).toEqual(["0", "0/mine", "done"]);
  expect([...packing.left.keys()]).toEqual(["mount"]);
  expect(measure([{ path: directory, name: "d" }], mounts)).toBe(1);
});
