// What the host's files say about it.
import { describe, expect, test } from "vitest";
import { packageManager, parseOsRelease, parseSubordinate } from "../../../../src/domain/host/facts.ts";
import { READY } from "./facts-fixture.ts";

describe("os-release", () => {
  test("is read with and without quotes", () => {
    const text =
      'PRETTY_NAME="Ubuntu 24.04.3 LTS"\nID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\nVERSION_CODENAME=noble\n';
    expect(parseOsRelease(text)).toEqual({
      id: "ubuntu",
      like: ["debian"],
      version: "24.04",
      codename: "noble",
    });
  });

  test("may be missing", () => {
    expect(parseOsRelease("")).toEqual({ id: "", like: [], version: "", codename: "" });
  });
});

test("a distribution derived from Ubuntu uses apt", () => {
  const os = { id: "linuxmint", like: ["ubuntu", "debian"], version: "22", codename: "wilma" };
  expect(packageManager({ ...READY, os })).toBe("apt");
  expect(packageManager({ ...READY, os, programs: new Set() })).toBeUndefined();
});

describe("subordinate ids", () => {
  const who = { user: "dev", uid: 1000 };

  test("count when both files have a full range for the user, by name or by number", () => {
    const both = ["dev:100000:65536\n", "other:100000:65536\n1000:165536:65536\n"];
    expect(parseSubordinate(both, who)).toEqual({ present: true, next: 231_072 });
  });

  test("do not count when one file lacks them or the range is small", () => {
    expect(parseSubordinate(["dev:100000:65536", ""], who).present).toBe(false);
    expect(parseSubordinate(["dev:100000:1000", "dev:100000:1000"], who).present).toBe(false);
  });

  test("of a new range never overlap others", () => {
    expect(parseSubordinate(["a:500000:65536", "b:100000:65536"], who)).toEqual({
      present: false,
      next: 565_536,
    });
    expect(parseSubordinate(["", ""], who).next).toBe(100_000);
  });
});
