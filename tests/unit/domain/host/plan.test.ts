// How a host becomes ready: what is missing and the steps that obtain it.
import { describe, expect, test } from "vitest";
import type { HostFacts } from "../../../../src/domain/host/facts.ts";
import { describeStep, planFor } from "../../../../src/domain/host/plan.ts";
import { BARE, READY } from "./facts-fixture.ts";

const NO_IMAGE = { imageBuild: false };
const IMAGE = { imageBuild: true };
const BOOKWORM = { id: "debian", like: [], version: "12", codename: "bookworm" };
const needs = (facts: HostFacts, wants = NO_IMAGE) => planFor(facts, wants).missing.map(({ need }) => need);
const without = (...names: string[]): HostFacts => {
  const programs = new Set(READY.programs);
  for (const name of names) programs.delete(name);
  return { ...READY, programs };
};

describe("a host that is ready", () => {
  test("lacks nothing, also for building an image", () => {
    expect(planFor(READY, IMAGE)).toEqual({ missing: [], steps: [], byHand: [] });
  });

  test("needs an image's tools only when one is built", () => {
    const facts = without("mmdebstrap", "mkfs.ext4", "newuidmap");
    expect(needs(facts)).toEqual([]);
    expect(needs(facts, IMAGE)).toEqual(["mmdebstrap", "mkfs", "uidmap"]);
  });

  test("as root needs no subordinate ids", () => {
    expect(needs({ ...without("newuidmap"), uid: 0, subordinate: BARE.subordinate }, IMAGE)).toEqual([]);
  });
});

describe("QEMU", () => {
  test("below 8 will do under KVM and not under emulation", () => {
    const old = { ...READY, qemu: [7, 2, 15] };
    expect(needs(old)).toEqual(["qemu"]);
    expect(needs({ ...old, kvm: true })).toEqual([]);
  });

  test("of Debian 12 comes from backports, which are added unless they are there", () => {
    const old = { ...READY, os: BOOKWORM, qemu: [7, 2, 15] };
    const install = { kind: "packages", names: ["qemu-system-x86"], release: "bookworm-backports" };
    expect(planFor(old, NO_IMAGE).steps).toEqual([{ kind: "backports" }, install]);
    expect(planFor({ ...old, backports: true }, NO_IMAGE).steps).toEqual([install]);
  });

  test("has other packages on arm64", () => {
    const steps = planFor({ ...BARE, arch: "arm64" }, NO_IMAGE)
      .steps.map(describeStep)
      .join("\n");
    expect(steps).toContain("qemu-system-arm");
    expect(steps).toContain("qemu-efi-aarch64");
  });
});

describe("a bare host", () => {
  test("of an ordinary user gets packages, subordinate ids and limactl", () => {
    expect(planFor(BARE, IMAGE).steps.map(({ kind }) => kind)).toEqual([
      "packages",
      "subordinate-ids",
      "limactl",
    ]);
  });

  test("of root gets the account before what it runs", () => {
    const facts = { ...BARE, uid: 0, account: false, directories: false, kvmGroup: "kvm" };
    const kinds = planFor(facts, IMAGE).steps.map(({ kind }) => kind);
    expect(kinds).toEqual(["packages", "account", "directories", "kvm-group", "limactl"]);
  });

  test("installs in one step and names each package once", () => {
    const [first] = planFor(BARE, IMAGE).steps;
    expect(describeStep(first ?? { kind: "account" })).toBe(
      "install qemu-system-x86 qemu-utils ovmf sshfs fuse3 openssh-client " +
        "mmdebstrap e2fsprogs debian-archive-keyring uidmap golang-go",
    );
  });

  test("of Debian 12 takes Go from backports too", () => {
    const steps = planFor({ ...BARE, os: BOOKWORM }, NO_IMAGE).steps;
    expect(steps.at(2)).toEqual({
      kind: "packages",
      names: ["qemu-system-x86", "qemu-utils", "golang-go"],
      release: "bookworm-backports",
    });
  });
});

describe("limactl", () => {
  test("is built with a Go that is there", () => {
    expect(planFor({ ...READY, limactl: false }, NO_IMAGE).steps).toEqual([{ kind: "limactl" }]);
  });

  test("comes from Homebrew where that exists, but not for root", () => {
    const facts = { ...READY, limactl: false, programs: new Set([...READY.programs, "brew"]) };
    expect(planFor(facts, NO_IMAGE).steps).toEqual([{ kind: "brew", names: ["lima"] }]);
    expect(planFor({ ...facts, uid: 0 }, NO_IMAGE).steps).toEqual([{ kind: "limactl" }]);
  });
});

describe("a host without apt", () => {
  const FEDORA = { id: "fedora", like: [], version: "42", codename: "" };

  test("is told what to install by hand", () => {
    const plan = planFor({ ...BARE, os: FEDORA }, NO_IMAGE);
    expect(plan.steps).toEqual([]);
    expect(plan.byHand).toEqual(plan.missing);
  });

  test("still gets limactl when it has Go", () => {
    const plan = planFor({ ...READY, os: FEDORA, limactl: false }, NO_IMAGE);
    expect(plan).toMatchObject({ steps: [{ kind: "limactl" }], byHand: [] });
  });

  test("that is a Mac asks for neither QEMU nor firmware", () => {
    const mac = {
      ...BARE,
      platform: "darwin" as const,
      programs: new Set(["git", "ssh", "ssh-keygen", "brew"]),
    };
    const plan = planFor(mac, NO_IMAGE);
    expect(plan.steps).toEqual([{ kind: "brew", names: ["lima"] }]);
    expect(plan.byHand.map(({ need }) => need)).toEqual(["sshfs"]);
  });
});
