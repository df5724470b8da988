// What a guest says and sends of a pack: the rest of what is here, all of another one, or nothing that stays.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Context } from "../../../../../src/context.ts";
import { type Part, partOf } from "../../../../../src/domain/sync/homeward/part.ts";
import { bringPart, NotGiven } from "../../../../../src/domain/sync/homeward/stream.ts";
import { EXIT, ToolError, UserError } from "../../../../../src/errors.ts";
import type { Run } from "../../../../../src/io/run.ts";

const NAME = "a".repeat(40);
const OTHER = "b".repeat(40);
const END = "e".repeat(40);
const make = [{ ref: "refs/agent-vm/w/incoming/work", oid: "c".repeat(40) }];
const target = { configFile: "/c", alias: "vm", adminAlias: "vm-admin" };

let state: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "part-"));
});
afterEach(() => rmSync(state, { recursive: true, force: true }));

/** A guest that writes this and ends; `read`: what it was told. */
const guest = (said: string, { code = 0, read = { text: "" } } = {}): Run =>
  async function run(_argv, { into, input } = {}) {
    if (!into) throw new Error("it is asked for nothing");
    const told = input as AsyncIterable<Uint8Array>;
    into.end(said);
    for await (const chunk of told) read.text += Buffer.from(chunk).toString();
    return { code, stdout: "", stderr: "" };
  };

const context = (run: Run) =>
  ({ run, paths: { state }, signal: new AbortController().signal }) as unknown as Context;

async function bring(
  said: string,
  options: Parameters<typeof guest>[1] & { most?: number; room?: number; seconds?: number } = {},
): Promise<Part> {
  const ctx = context(guest(said, options));
  const bound = async (bytes: number) => {
    if (bytes > (options.most ?? 100)) throw new UserError("too large");
    if (bytes > (options.room ?? 100)) throw new NotGiven();
  };
  const { seconds } = options;
  const there = { dir: "shop-work", place: "own" } as const;
  const time = seconds === undefined ? {} : { seconds };
  const asked = { guest: there, make, has: [OTHER], ends: [END], room: 1, least: 0, bound, ...time };
  return bringPart(ctx, target, { ...asked, update: () => undefined }, await partOf(ctx, ["k"]));
}
const here = async () => partOf(context(guest("")), ["k"]);
const failure = async (work: Promise<unknown>) => {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error("it did not fail");
};
/** What came of "0123456789" before it broke off. */
const begun = async () => expect(await failure(bring(`${NAME} 10 0\n0123`))).toBeInstanceOf(ToolError);

test("a pack comes whole, and the guest is told", async () => {
  const read = { text: "" };
  const { file, bytes } = await bring(`${NAME} 10 0\n0123456789`, { read });
  expect(readFileSync(file, "utf8")).toBe("0123456789");
  expect(bytes).toBe(10);
  expect(read.text).toBe(`--shallow ${END}\n${make[0]?.oid}\n^${OTHER}\ngot\n`);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("what came stays with its note, and the rest goes behind it", async () => {
  await begun();
  expect(await here()).toMatchObject({ bytes: 4, whole: { name: NAME, bytes: 10, make } });
  const { file } = await bring(`${NAME} 10 4\n456789`);
  expect(readFileSync(file, "utf8")).toBe("0123456789");
});

test("of a save the note has the time that its commits have", async () => {
  expect((await bring(`${NAME} 10 0\n0123456789`, { seconds: 1000 })).whole?.seconds).toBe(1000);
  expect((await here()).whole?.seconds).toBe(1000);
});

test("a part that is looked at begins its day anew", async () => {
  await begun();
  const { directory } = await here();
  const earlier = Date.now() / 1000 - 7200;
  utimesSync(directory, earlier, earlier);
  await here();
  expect(statSync(directory).mtimeMs).toBeGreaterThan(Date.now() - 3_600_000);
});

test("another pack begins anew, though it is as long", async () => {
  await begun();
  const { file, whole } = await bring(`${OTHER} 10 0\nabcdefghij`);
  expect(readFileSync(file, "utf8")).toBe("abcdefghij");
  expect(whole?.name).toBe(OTHER);
});

test.each([
  ["another pack's rest", `${OTHER} 10 4\n456789`],
  ["the rest of one that has become longer", `${NAME} 12 4\n456789ab`],
  ["the rest from elsewhere", `${NAME} 10 5\n56789`],
  ["more than it said", `${NAME} 10 4\n456789x`],
  ["more than it said, a line", `${NAME} 10 4\n456789\n`],
  ["no answer of ours", "-----\n"],
  ["a name that is a path", `../../../../../../../../../../../etc/passwd 10 0\n0123456789`],
  ["nothing at all", `${NAME} 0 0\n`],
])("%s is refused", async (_, said) => {
  await begun();
  const error = (await failure(bring(said))) as UserError;
  expect(error).toBeInstanceOf(UserError);
  expect(error.exit).toBe(EXIT.refused);
});

test("what is too large is refused before a byte of it is written", async () => {
  expect(await failure(bring(`${NAME} 101 0\n0123456789`))).toMatchObject({ message: "too large" });
  expect(await here()).toMatchObject({ bytes: 0, whole: undefined });
});

test("what there is no room for is left to git before a byte of it is written", async () => {
  expect(await failure(bring(`${NAME} 101 0\n0123456789`, { most: 200 }))).toBeInstanceOf(NotGiven);
  expect(await here()).toMatchObject({ bytes: 0, whole: undefined });
});

test("a guest that makes none says so by its end, and a lost connection is one", async () => {
  expect(await failure(bring("", { code: 66 }))).toBeInstanceOf(NotGiven);
  expect(await failure(bring("", { code: 255 }))).toMatchObject({ exit: EXIT.notReady });
  expect(await failure(bring(`${NAME} 10 0\n01`, { code: 255 }))).toMatchObject({ exit: EXIT.notReady });
});

test("a part of which nothing is known, or more than there can be, goes", async () => {
  await begun();
  writeFileSync((await here()).file, "0123456789more");
  expect(await here()).toMatchObject({ bytes: 0, whole: undefined });
});

test.each([
  "null",
  "{",
  "[]",
  JSON.stringify({ name: "../../elsewhere", bytes: 9, make }),
  JSON.stringify({ name: NAME, bytes: 9, make: [{ ref: "--option", oid: NAME }] }),
])("a note that is none is not gone by: %s", async (text) => {
  const ctx = context(guest(""));
  const { directory, file } = await partOf(ctx, ["k"]);
  mkdirSync(directory, { recursive: true });
  writeFileSync(file, "part");
  writeFileSync(join(directory, "part.json"), text);
  expect(await partOf(ctx, ["k"])).toMatchObject({ bytes: 0, whole: undefined });
  expect(existsSync(file)).toBe(false);
});
