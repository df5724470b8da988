// Versions as the real programs print them.
import { describe, expect, test } from "vitest";
import { atLeast, goodLimactl, parseVersion } from "../../../../src/domain/host/version.ts";

test.each([
  ["go version go1.24.4 linux/amd64", [1, 24, 4]],
  ["go version go1.19 linux/amd64", [1, 19, 0]],
  ["QEMU emulator version 10.0.2 (Debian 1:10.0.2+ds-2+deb13u1~bpo12+1)", [10, 0, 2]],
])("%s", (text, version) => expect(parseVersion(text)).toEqual(version));

test("versions compare by number, not by text", () => {
  expect(atLeast([10, 0, 0], [8, 0, 0])).toBe(true);
  expect(atLeast([1, 9, 9], [1, 21, 0])).toBe(false);
  expect(atLeast([2, 1, 3], [2, 1, 3])).toBe(true);
});

describe("limactl", () => {
  test.each([
    ["limactl version 2.2.0\n", true],
    ["limactl version 2.2.0-153-g183a60d7\n", true],
    ["limactl version 2.1.3.m\n", true],
    ["limactl version <unknown>\n", true],
    ["limactl version 2.1.2\n", false],
    ["limactl version 1.2.3\n", false],
    ["something else\n", false],
  ])("%j is good: %s", (output, good) => expect(goodLimactl(output)).toBe(good));
});
