// What the profiles are called, and what is said about what they give up.
import { describe, expect, test } from "vitest";
import {
  availableProfile,
  givenUp,
  profileOf,
  showProfile,
  switchLines,
} from "../../../../src/domain/vm/profile.ts";
import type { VmRecord } from "../../../../src/domain/vm/record.ts";

const record: VmRecord = {
  phase: "ready",
  limaHome: "/l",
  image: "Debian 13",
  accel: "kvm",
  ...{ vcpu: 4, memory: 8, disk: 100 },
  createdAt: "2026-01-01T00:00:00.000Z",
};

test("a record from before there were profiles is guarded", () => {
  expect(profileOf(record)).toBe("guarded");
  expect(profileOf({ ...record, profile: "open" })).toBe("open");
});

test("locked has its name and is not there yet", () => {
  expect(() => availableProfile("locked")).toThrow(/does not exist yet/);
  expect(availableProfile("open")).toBe("open");
});

describe("what is given up", () => {
  test("is said of open", () =>
    expect(givenUp({ ...record, profile: "open", hadRoot: true })).toMatch(/root in the VM.*loopback/));

  test("stays said after going back to guarded", () =>
    expect(givenUp({ ...record, profile: "guarded", hadRoot: true })).toMatch(/was root .* fresh VM/));

  test("is nothing in a VM that was always guarded", () => expect(givenUp(record)).toBeUndefined());
});

test("a switch tells what is now and what will be", () => {
  const lines = switchLines("guarded", "open");
  expect(lines[0]).toBe("now, guarded:");
  expect(lines.join("\n")).toMatch(/no sudo[\s\S]*then, open:[\s\S]*sudo without a password/);
});

test("without a VM, the setting is shown", () => {
  expect(showProfile(undefined, "open")).toMatchObject({ profile: "open", chosen: false });
  expect(showProfile(record, "open")).toMatchObject({ profile: "guarded", chosen: true });
});
