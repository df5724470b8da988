// The record of a VM: what it forgets on purpose.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Paths, parseVmName, pathsFor } from "../../../../src/domain/paths.ts";
import { distrust, readRecord, type VmRecord, writeRecord } from "../../../../src/domain/vm/record.ts";

let home: string;
let paths: Paths;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "record-"));
  paths = pathsFor(parseVmName("agent-vm"), { uid: 1000, env: { HOME: home } });
});
afterEach(() => rm(home, { recursive: true, force: true }));

const record: VmRecord = {
  ...{ phase: "ready", limaHome: "/x", image: "debian", accel: "kvm", createdAt: "2026-01-01" },
  ...{ vcpu: 4, memory: 8, disk: 100, profile: "guarded" },
};

test("what vmadmin said to be provisioned is forgotten alone", async () => {
  await writeRecord(paths, { ...record, provisioned: "a" });
  await distrust(paths);
  expect(await readRecord(paths)).toEqual(record);
});

test("without a record there is nothing to forget", async () => {
  await distrust(paths);
  expect(await readRecord(paths)).toBeUndefined();
});
