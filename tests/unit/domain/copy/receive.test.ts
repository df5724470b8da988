import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pack } from "tar-stream";
import { expect, test } from "vitest";
import { cut, isCut, receive, roomIn } from "../../../../src/domain/copy/receive.ts";
import { UserError } from "../../../../src/errors.ts";

/** Bytes of zeros at an archive's end. */
const END = 1024;

test("the other end is asked for the reason only where this host has none", () => {
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), {
    code: "ENOSPC",
    syscall: "write",
  });
  const errors = [cut(), new Error("Unexpected end of data"), full, new UserError("No.")];
  expect(errors.map(isCut)).toEqual([true, true, false, false]);
});

test("a disk is never filled to its end", () => {
  expect([0, 1000, 5e9, 100e9].map(roomIn)).toEqual([0, 900, 4.5e9, 100e9 - 1024 ** 3]);
});

test("more names than there is memory for end the copy, whatever was announced", async () => {
  const archive = pack();
  archive.entry({ name: "n".repeat(4_000_000) }, "");
  archive.finalize();
  const whole = await buffer(archive as unknown as Readable);
  const member = whole.subarray(0, -END);
  async function* stream() {
    const head = ["ok", "999999999999", "999999999999", "1", "0", "d", "/w/d"];
    yield Buffer.from(head.map((field) => `${field}\0`).join(""));
    for (;;) yield member;
  }
  const asked = { paths: ["d"], dir: "shop-work", branch: "work" };
  const bounds = async () => ({ free: Number.POSITIVE_INFINITY, onBytes: () => undefined });
  const { members } = await receive(stream(), asked, bounds);
  const all = async () => {
    for await (const { name } of members) expect(name).toHaveLength(4_000_000);
  };
  await expect(all()).rejects.toThrow("more files than one copy can hold in memory");
});
