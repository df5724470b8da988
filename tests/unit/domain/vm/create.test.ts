// A VM that is out of sight is not replaced, and one whose configuration is damaged is not made anew.
import { describe, expect, test } from "vitest";
import type { Lima } from "../../../../src/adapters/limactl.ts";
import type { Context } from "../../../../src/context.ts";
import { ensureCreated } from "../../../../src/domain/vm/create.ts";
import type { Observation } from "../../../../src/domain/vm/observe.ts";
import type { VmRecord } from "../../../../src/domain/vm/record.ts";

const untouched = new Proxy(
  {},
  {
    get: (_target, key) => {
      throw new Error(`touched ${String(key)}`);
    },
  },
);
const ctx = { paths: { vm: "box", limaHome: "/here" }, run: untouched } as unknown as Context;
const record: VmRecord = {
  phase: "ready",
  limaHome: "/there",
  image: "Debian",
  accel: "tcg",
  vcpu: 2,
  memory: 4,
  disk: 20,
  createdAt: "2026-01-01T00:00:00Z",
};
const seen = (rest: Partial<Observation>): Observation => ({
  state: "missing",
  record,
  instance: undefined,
  holder: undefined,
  stalePids: false,
  ...rest,
});
const ensure = (observation: Observation) => ensureCreated(ctx, untouched as Lima, observation);

describe("a VM that was ready", () => {
  test("and that Lima does not have is not replaced", async () => {
    await expect(ensure(seen({}))).rejects.toMatchObject({
      exit: 4,
      details: ["It was in /there, and /here was looked into."],
    });
  });

  test("whose configuration Lima cannot read is left as it is", async () => {
    const instance = { name: "box", status: "", dir: "/here/box", port: 0 };
    await expect(ensure(seen({ instance, state: "broken" }))).rejects.toMatchObject({ exit: 3 });
  });

  test("and is whole is taken as it is", async () => {
    const instance = { name: "box", status: "Stopped", dir: "/here/box", port: 22 };
    expect(await ensure(seen({ instance, state: "stopped" }))).toBe(record);
  });
});
