import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { measure, type Packing, packMembers } from "../../../../src/domain/copy/pack.ts";
import { leftOutLines } from "../../../../src/domain/copy/words.ts";

const directory = mkdtempSync(join(tmpdir(), "av-pack-"));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test("a file that is removed meanwhile is named, and the rest goes on", async () => {
  for (const name of ["one", "two"]) writeFileSync(join(directory, name), "x");
  const packing: Packing = { left: new Map(), files: 0, bytes: 0 };
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
  expect(measure([{ path: join(directory, other), name: "x" }])).toBe(0);
});
