// A stream in any pieces gives the same packets.
import { expect, test } from "vitest";
import { createFrames, MAX_PACKET } from "../../../../src/guard/sftp/frames.ts";
import { Violation } from "../../../../src/guard/sftp/violation.ts";
import { packet, u32 } from "./packets.ts";

function cut(stream: Buffer, sizes: (at: number) => number): Buffer[] {
  const packets: Buffer[] = [];
  const frames = createFrames((one) => packets.push(Buffer.from(one)));
  for (let at = 0; at < stream.length; ) {
    const size = Math.max(1, sizes(at));
    frames(stream.subarray(at, at + size));
    at += size;
  }
  return packets;
}

const packets = [1, 2, 3, 4, 5, 100, 5000, MAX_PACKET].map((length, at) =>
  packet(at + 1, Buffer.alloc(length - 1, at)),
);
const stream = Buffer.concat(packets);

test.each([1, 2, 3, 4, 5, 7, 64, 4096, 65_536, stream.length])("in pieces of %i bytes", (size) => {
  expect(cut(stream, () => size).map((one) => one.length)).toEqual(packets.map((one) => one.length));
  expect(Buffer.concat(cut(stream, () => size)).equals(stream)).toBe(true);
});

test("in pieces of any size", () => {
  let seed = 7;
  const random = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed % 9000;
  };
  for (let turn = 0; turn < 50; turn += 1)
    expect(Buffer.concat(cut(stream, random)).equals(stream)).toBe(true);
});

test.each([0, MAX_PACKET + 1, 0xffffffff])(
  "a packet of %i bytes is none, and nothing is kept for it",
  (length) => {
    for (const size of [1, 4]) {
      expect(() => cut(Buffer.concat([u32(length), Buffer.alloc(4)]), () => size)).toThrow(Violation);
    }
  },
);
