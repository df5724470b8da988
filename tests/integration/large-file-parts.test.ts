// What is there of a large file (Git LFS) from a transfer that broke off counts for no more than it is, on both sides.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { OBJECTS } from "../../src/domain/lfs/guest/objects.ts";
import { begunIn, writeObject } from "../../src/domain/lfs/store.ts";
import { WORTH_KEEPING } from "../../src/domain/sync/guest/half.ts";
import { idOf, placeOf } from "./large-files.ts";

const FIRST = WORTH_KEEPING;
const whole = Buffer.alloc(FIRST + 1000, "0123456789abc");
const oid = idOf(whole);
const pointer = { oid, size: whole.length };

let base: string;
const hostStore = () => join(base, "repo/.git/lfs");
const guestStore = () => join(base, "workspace/shop-work/.git/lfs");
const partOf = (store: string) => join(store, "incomplete", `${oid}.tmp`);
const outside = () => join(base, "outside");

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "av-"));
  for (const store of [hostStore(), guestStore()]) mkdirSync(dirname(partOf(store)), { recursive: true });
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

function inGuest(step: "lacks" | "take", input: Uint8Array | string) {
  const env = { HOME: base, PATH: process.env["PATH"] ?? "" };
  return spawnSync("perl", ["-e", OBJECTS, "--", step, "shop-work", "there"], {
    ...{ input, env, encoding: "latin1" },
    maxBuffer: 2 * whole.length,
  });
}

describe("where it goes on", () => {
  const link = (part: string) => {
    writeFileSync(outside(), whole.subarray(0, FIRST));
    symlinkSync(outside(), part);
  };

  test.each<[string, number, (part: string) => void]>([
    ["its beginning", FIRST, (part) => writeFileSync(part, whole.subarray(0, FIRST))],
    ["too little to be worth it", 0, (part) => writeFileSync(part, whole.subarray(0, FIRST - 1))],
    ["as much as all of it", 0, (part) => writeFileSync(part, whole)],
    ["more than all of it", 0, (part) => writeFileSync(part, Buffer.concat([whole, whole]))],
    ["a link to its beginning", 0, link],
    ["a directory", 0, (part) => mkdirSync(part)],
    ["nothing", 0, () => undefined],
  ])("%s", async (_, from, lay) => {
    for (const store of [hostStore(), guestStore()]) lay(partOf(store));
    expect(await begunIn(hostStore(), [pointer])).toEqual([{ ...pointer, from }]);
    const said = from > 0 ? `${oid} ${from}\0` : `${oid}\0`;
    expect(inGuest("lacks", `${oid} ${whole.length}\n`).stdout).toBe(`${said}=done\0`);
  });
});

test.each([
  ["little", FIRST - 1, false],
  ["much", FIRST, true],
])("of a transfer that brought %s", async (_, bytes, stays) => {
  const some = whole.subarray(0, bytes);
  const what = { oid, from: 0, sum: createHash("sha256") };
  const { written } = await writeObject(hostStore(), what, Readable.from([some]));
  expect(await written.aside()).toBe(stays);
  expect(inGuest("take", Buffer.concat([Buffer.from(`${oid} ${whole.length}\n`), some])).status).toBe(1);
  for (const store of [hostStore(), guestStore()]) {
    expect(existsSync(partOf(store))).toBe(stays);
    expect(readdirSync(join(store, "tmp"))).toEqual([]);
  }
});

describe("where it has changed between the look and the rest of it", () => {
  const rest = whole.subarray(FIRST);
  const framed = () =>
    Buffer.concat([Buffer.from(`${oid} ${whole.length} ${FIRST}\n`), rest, Buffer.from("=\nend\n")]);
  const takeOnHost = async () => {
    const sum = createHash("sha256");
    const { written, error } = await writeObject(
      hostStore(),
      { oid, from: FIRST, sum },
      Readable.from([rest]),
    );
    return { written, error, sum: sum.update(rest).digest("hex") };
  };

  test("what came behind the place is cut off", async () => {
    const longer = Buffer.concat([whole.subarray(0, FIRST), Buffer.alloc(5000, "?")]);
    for (const store of [hostStore(), guestStore()]) writeFileSync(partOf(store), longer);
    const { written, error, sum } = await takeOnHost();
    expect([error, sum]).toEqual([undefined, oid]);
    await written.keep();
    expect(inGuest("take", framed())).toMatchObject({ status: 0, stdout: "=done\0" });
    for (const store of [hostStore(), guestStore()]) {
      expect(readFileSync(join(store, placeOf(oid))).equals(whole)).toBe(true);
      expect(existsSync(partOf(store))).toBe(false);
      expect(readdirSync(join(store, "tmp"))).toEqual([]);
    }
  });

  test("another beginning gives nothing", async () => {
    for (const store of [hostStore(), guestStore()]) writeFileSync(partOf(store), Buffer.alloc(FIRST, "?"));
    expect((await takeOnHost()).sum).not.toBe(oid);
    expect(inGuest("take", framed()).status).toBe(1);
    expect(existsSync(join(guestStore(), placeOf(oid)))).toBe(false);
    expect(readdirSync(join(guestStore(), "tmp"))).toEqual([]);
  });

  test("a link is not followed in the VM", () => {
    writeFileSync(outside(), Buffer.concat([whole, whole]));
    symlinkSync(outside(), partOf(guestStore()));
    expect(inGuest("take", framed()).status).toBe(1);
    expect(statSync(outside()).size).toBe(2 * whole.length);
    expect(existsSync(join(guestStore(), placeOf(oid)))).toBe(false);
  });

  test("one that another command has taken up is not there", async () => {
    expect(String((await takeOnHost()).error)).toContain("Another command goes on with a large file");
    expect(inGuest("take", framed()).stderr).toContain(`what was there of ${oid} is gone`);
  });
});
