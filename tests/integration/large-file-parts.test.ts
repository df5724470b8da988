// What lies in a store of large files (Git LFS) counts for no more than it is: objects, and parts of ones that broke off.
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
import { type PassThrough, Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { bringObjects } from "../../src/domain/lfs/bring.ts";
import { OBJECTS } from "../../src/domain/lfs/guest/objects.ts";
import { sendLacked } from "../../src/domain/lfs/send.ts";
import { begunIn, lackedBy, writeObject } from "../../src/domain/lfs/store.ts";
import { WORTH_KEEPING } from "../../src/domain/sync/guest/half.ts";
import type { WorkspaceDir } from "../../src/domain/workspace/names.ts";
import type { Run } from "../../src/io/run.ts";
import { createContext } from "./guest.ts";
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

test("what the host's store has damaged does not come under its name", () => {
  const sent = Buffer.concat([Buffer.from(`${oid} ${whole.length} 0\n`), whole, Buffer.from("!\nend\n")]);
  expect(inGuest("take", sent).status).toBe(0);
  expect(existsSync(join(guestStore(), placeOf(oid)))).toBe(false);
});

test.each<[string, boolean, (place: string) => void]>([
  ["as large as its pointer says", true, (place) => writeFileSync(place, whole)],
  ["shorter", false, (place) => writeFileSync(place, whole.subarray(1))],
  [
    "a link",
    false,
    (place) => {
      writeFileSync(outside(), whole);
      symlinkSync(outside(), place);
    },
  ],
])("an object that is %s", async (_, counts, lay) => {
  for (const store of [hostStore(), guestStore()]) {
    mkdirSync(dirname(join(store, placeOf(oid))), { recursive: true });
    lay(join(store, placeOf(oid)));
  }
  expect(await lackedBy(hostStore(), [pointer])).toEqual(counts ? [] : [pointer]);
  expect(inGuest("lacks", `${oid} ${whole.length}\n`).stdout).toBe(counts ? "=done\0" : `${oid}\0=done\0`);
});

test.each(["tmp", "incomplete", "objects", dirname(placeOf(oid))])(
  "nothing of the VM's goes through a link at %s of the host's store",
  async (name) => {
    mkdirSync(outside());
    rmSync(join(hostStore(), name), { recursive: true, force: true });
    mkdirSync(dirname(join(hostStore(), name)), { recursive: true });
    symlinkSync(outside(), join(hostStore(), name));
    const what = { oid, from: 0, sum: createHash("sha256") };
    const written = writeObject(hostStore(), what, Readable.from([whole]));
    await expect(written).rejects.toThrow("is no directory of its own");
    expect(readdirSync(outside())).toEqual([]);
  },
);

test("more than the VM said at first is not taken", async () => {
  const texts = ["a\n", "b\n"];
  const said = `1 2\n${texts.map((text) => `${idOf(text)} 2\n${text}`).join("")}end\n`;
  const run = async (_: readonly string[], { into }: { into?: PassThrough } = {}) => {
    into?.end(said);
    return { code: 0, stdout: "", stderr: "" };
  };
  const target = { configFile: "", alias: "vm", adminAlias: "" };
  const ctx = createContext({ hostHome: base, repo: base, said: [], target });
  const what = { store: hostStore(), objects: texts.map((text) => ({ oid: idOf(text), size: 2 })) };
  const from = { dir: "shop-work" as WorkspaceDir };
  const bringing = bringObjects({ ...ctx, run: run as unknown as Run }, target, from, what);
  await expect(bringing).rejects.toThrow("is not what was asked for");
  const [first, second] = texts.map((text) => existsSync(join(hostStore(), placeOf(idOf(text)))));
  expect([first, second]).toEqual([true, false]);
});

test.each([
  ["some of it", FIRST, FIRST],
  ["all of it", whole.length, 0],
  ["more than all of it", whole.length + 1, 0],
])("a guest that says it has %s", async (_, said, from) => {
  mkdirSync(dirname(join(hostStore(), placeOf(oid))), { recursive: true });
  writeFileSync(join(hostStore(), placeOf(oid)), whole);
  const sent: Buffer[] = [];
  const run = async (argv: readonly string[], { input }: { input?: AsyncIterable<Buffer> } = {}) => {
    if (!argv.some((word) => word.includes(" -- take ")))
      return { code: 0, stdout: `${oid} ${said}\0=done\0` };
    for await (const chunk of input ?? []) sent.push(chunk);
    return { code: 0, stdout: "=done\0" };
  };
  const target = { configFile: "", alias: "vm", adminAlias: "" };
  const plain = createContext({ hostHome: base, repo: base, said: [], target });
  const ctx = { ...plain, run: run as unknown as Run, settings: { ...plain.settings, scan: "off" as const } };
  const to = { dir: "shop-work", repoId: "r", branch: "work" } as Parameters<typeof sendLacked>[2];
  const pointers = [{ ...pointer, path: "a.bin" }];
  await sendLacked(ctx, target, to, { place: "there", directory: base, store: hostStore(), pointers });
  const head = `${oid} ${whole.length} ${from}\n`;
  const all = Buffer.concat([Buffer.from(head), whole.subarray(from), Buffer.from("=\nend\n")]);
  expect(Buffer.concat(sent).equals(all)).toBe(true);
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
