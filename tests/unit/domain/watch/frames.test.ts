// The frames of a watch's connection.
import { describe, expect, test } from "vitest";
import { frame, frames } from "../../../../src/domain/watch/frames.ts";

const bytes = (text: string) => Buffer.from(text, "latin1");

describe("frames", () => {
  const whole = Buffer.concat([
    frame("ready", bytes("")),
    frame("changed", bytes("a\0b\0")),
    bytes("=look 3\n\n\n\n"),
  ]);
  const found = [
    { name: "ready", bytes: "" },
    { name: "changed", bytes: "a\0b\0" },
    { name: "=look", bytes: "\n\n\n" },
  ];

  test("come out whole, however they were cut", () => {
    for (const size of [1, 2, 3, 7, 1000]) {
      const take = frames();
      const got = [];
      for (let at = 0; at < whole.length; at += size) got.push(...take(whole.subarray(at, at + size)));
      expect(got).toEqual(found);
    }
  });

  test.each([
    "hello\n",
    "look\n",
    "look -1\n",
    "look 9999999999\n",
    "look 99999999\n",
    "Look 1\n",
    "x".repeat(40),
  ])("%j is none", (text) => expect(() => frames()(bytes(text))).toThrow(RangeError));
});
